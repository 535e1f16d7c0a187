import ProcessModel
import SignalMap

/// All that is known of why one thread waits: who could end its wait, by which way through the code, and why nobody does.
///
/// It says no more than the assessment; it shows what that rests on.
public struct ThreadExplanation: Sendable {
    /// One call, or one creation of a thread, on a way.
    public struct Step: Hashable, Sendable {
        /// The function that it is in.
        public var function: String
        /// "queue.c:12", or the address; nil where the record is damaged.
        public var place: String?
        /// How it is known where it leads: "direct", "table", "any", …
        public var level: String
        /// The next function is run by a thread that is created here.
        public var isCreation: Bool
    }

    /// How much has to be believed for a way to be there.
    public enum Trust: String, Hashable, Sendable, CaseIterable {
        /// All its calls are understood.
        case understood
        /// Some call may lead elsewhere, but nothing surer is known of it.
        case known
        /// Only if a pointer holds what nothing says it holds.
        case guessed
    }

    /// Who would take a way.
    public enum Walker: Hashable, Sendable {
        /// Threads that stand in one place. They may be stuck themselves.
        case threads([ThreadID])
        /// A function that others may call at any time.
        case callback
        /// A thread of a start routine of which none lives.
        case startRoutine(String)
    }

    public struct Way: Hashable, Sendable {
        public var walker: Walker
        public var trust: Trust
        /// Empty where the walker stands in the function itself.
        public var steps: [Step]
        /// Why this one does not come, as a clause; nil for one that may.
        public var obstacle: String?
    }

    /// What a function does to a wait.
    public enum Effect: String, Hashable, Sendable {
        /// A signal that ends it.
        case signals
        /// It writes what the loop around the wait looks at.
        case writes
        /// A signal after which the thread looks again, and waits on.
        case wakes
    }

    /// A function that would end the wait, or that wakes its thread.
    public struct Candidate: Hashable, Sendable {
        public var function: String
        /// "queue.c:12", or addresses.
        public var places: [String]
        public var effect: Effect
        /// It is known to be this object, or memory; else nothing rules that out.
        public var isSure: Bool
        /// Who would come there, those that may do so first.
        public var ways: [Way]
        /// Threads from which no way leads there.
        public var without: [ThreadID]
    }

    /// What was assessed, with all findings and verdicts.
    public let assessment: Assessment
    public let thread: Thread
    public let verdict: ThreadVerdict
    /// Numbers of the findings that are about it, from 0, in the order of the assessment.
    public let findings: [Int]
    /// From this thread to the one that keeps all others, by who holds what: empty where nobody is known to.
    public let chain: [ChainLink]
    /// What each link of the chain rests on.
    public let chainEvidence: [Evidence]
    /// What its wait is to the maps of the binaries, as sentences. Empty without maps.
    public let wait: [String]
    /// The surest first. Empty for a wait that has an owner, and without maps.
    public let candidates: [Candidate]
    /// Candidates that were left out: there were too many.
    public let omittedCandidates: Int
    /// Why there are no candidates, as a sentence; nil where there are.
    public let silence: String?

    /// Nil for a thread that the snapshot does not have.
    package init?(of id: ThreadID, in snapshot: Snapshot, maps: ProcessMaps?) {
        let context = RuleContext(assessing: snapshot, by: RuleRegistry.all, maps)
        let assessment = Assessment(context)
        guard let position = context.index.position(of: id) else { return nil }
        self.assessment = assessment
        thread = snapshot.threads[position]
        verdict = assessment.verdicts[position]
        findings = assessment.findings.indices.filter {
            let finding = assessment.findings[$0]
            return finding.threads.contains(id) || finding.victims.contains(id)
        }
        chain = Self.chain(from: position, context)
        chainEvidence = chain.isEmpty ? [] : context.evidence(for: chain)
        guard let waits = context.signals?.waits(in: context) else {
            (wait, candidates, omittedCandidates) = ([], [], 0)
            silence =
                thread.wait?.object != nil && chain.isEmpty
                ? "Who could signal it is not known without maps of the binaries." : nil
            return
        }
        let search = CandidateSearch(position, waits, context)
        wait = search.wait
        candidates = search.candidates
        omittedCandidates = search.omitted
        silence = search.silence
    }

    /// Who holds what the thread waits for, what that one waits for, and so on, each once.
    private static func chain(from position: Int, _ context: RuleContext) -> [ChainLink] {
        var chain: [ChainLink] = []
        var seen: Set<Int> = []
        var current: Int? = position
        while let waiter = current, seen.insert(waiter).inserted {
            guard let edge = context.graph.edges[waiter],
                let next = edge.releasers.first(where: { context.graph.owner(at: $0) != nil }),
                let owner = context.graph.owner(at: next), let link = context.link(from: waiter, to: owner)
            else { break }
            chain.append(link)
            current = next < context.graph.threadCount ? next : nil
        }
        return chain
    }
}

extension WaitGraph {
    /// The thread that a node is, whether the process still has it or not; nil for what is no thread.
    func owner(at position: Int) -> ThreadID? {
        switch nodes[position] {
        case .thread(let id), .absent(let id): id
        case .counted, .outside: nil
        }
    }
}
