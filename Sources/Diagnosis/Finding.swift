import ProcessModel

/// The name of a rule, as reports print it: "deadlock-cycle". An open set: each rule brings its own.
public struct RuleName: RawRepresentable, Hashable, Codable, Sendable, CustomStringConvertible {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(_ rawValue: String) { self.rawValue = rawValue }
    public var description: String { rawValue }
}

/// One fact that a finding rests on, with the place in the snapshot where it can be seen.
public struct Evidence: Hashable, Sendable {
    /// A plain sentence.
    public var fact: String
    public var thread: ThreadID?
    /// Index into the frames of the thread's stack, 0 the innermost; nil when the fact is not about a frame.
    public var frame: Int?
    public var object: SyncObjectID?
    /// The name of the object's field that says so.
    public var field: String?

    public init(
        _ fact: String, thread: ThreadID? = nil, frame: Int? = nil, object: SyncObjectID? = nil, field: String? = nil
    ) {
        self.fact = fact
        self.thread = thread
        self.frame = frame
        self.object = object
        self.field = field
    }
}

/// One who would end a wait, and why he does not.
public struct WouldRelease: Hashable, Sendable {
    /// What keeps it from doing so.
    public enum Status: String, Hashable, Codable, Sendable {
        /// Waits itself for one that cannot go on.
        case stuck
        /// Is blocked in something that may end.
        case blocked
        /// Is not a thread of the process.
        case absent
        /// Was to be created, and never was.
        case neverCreated = "never-created"
        case creationFailed = "creation-failed"
        /// Has ended.
        case exited
        /// Has done so already, and does not come there again.
        case past
        /// Goes on, and will come there.
        case alive
        case unknown
    }

    /// Nil when it is not known which thread that is.
    public var thread: ThreadID?
    /// The role of those who would, where no thread of it can be named.
    public var role: String?
    /// What he would give up.
    public var object: SyncObjectID?
    /// The function that his thread was started with.
    public var startRoutine: String?
    public var status: Status
    public var why: String

    public init(
        thread: ThreadID?, role: String? = nil, object: SyncObjectID?, startRoutine: String?, status: Status,
        why: String
    ) {
        self.thread = thread
        self.role = role
        self.object = object
        self.startRoutine = startRoutine
        self.status = status
        self.why = why
    }
}

/// One step of a chain: a thread, what it waits for, and who would end that wait.
public struct ChainLink: Hashable, Sendable {
    public var thread: ThreadID
    public var kind: WaitKind
    public var object: SyncObjectID?
    /// The holder or the joined thread; it need not be a thread of the process.
    public var owner: ThreadID

    public init(thread: ThreadID, kind: WaitKind, object: SyncObjectID?, owner: ThreadID) {
        self.thread = thread
        self.kind = kind
        self.object = object
        self.owner = owner
    }
}

/// What a rule found: threads that do not go on, why, how sure that is, and what to do.
public struct Finding: Hashable, Sendable {
    /// What a finding that is likely or proved says of its threads.
    public enum Effect: Int, Hashable, Sendable {
        /// Its own fault ended the process; nobody is stuck for that.
        case crash
        /// They are stuck, and those behind them are victims.
        case stuck
        /// Neither stuck nor victims: it names who holds the others up, and that may end.
        case delay
        /// They are victims of another finding, and so are those behind them.
        case consequence
    }

    /// The rule that found it.
    public var rule: RuleName
    /// What it means for its threads.
    public var effect: Effect
    /// What it tells of goes on without anybody's doing: nobody is called stuck for it, and the exit status is what it were
    /// without it.
    public var endsByItself: Bool
    /// How sure it is, after all that speaks against it was weighed.
    public var confidence: Confidence
    /// Those that the finding is about, in the order of its chain. Never empty.
    public var threads: [ThreadID]
    /// Those that wait behind them, by id.
    public var victims: [ThreadID]
    /// What the threads wait for, in the order of the chain.
    public var objects: [SyncObjectID]
    /// From waiter to owner. The last owner is the first thread again when it is a cycle.
    public var chain: [ChainLink]
    /// Who would end the waits, and why they do not.
    public var wouldRelease: [WouldRelease]
    /// The facts that it rests on.
    public var evidence: [Evidence]
    /// Errors that were under way on the stacks of its threads, the outermost function first: how it may have come to this.
    public var cause: [Evidence] = []
    /// What is taken for granted, and what lowered the confidence: one sentence each.
    public var assumptions: [String]
    /// One or two plain sentences.
    public var summary: String
    /// What the reader can do, as a sentence.
    public var nextStep: String

    public init(
        rule: RuleName, effect: Effect = .stuck, endsByItself: Bool = false, confidence: Confidence,
        threads: [ThreadID], victims: [ThreadID] = [], objects: [SyncObjectID] = [], chain: [ChainLink] = [],
        wouldRelease: [WouldRelease] = [],
        evidence: [Evidence] = [], assumptions: [String] = [], summary: String, nextStep: String
    ) {
        self.rule = rule
        self.effect = effect
        self.endsByItself = endsByItself
        self.confidence = confidence
        self.threads = threads
        self.victims = victims
        self.objects = objects
        self.chain = chain
        self.wouldRelease = wouldRelease
        self.evidence = evidence
        self.assumptions = assumptions
        self.summary = summary
        self.nextStep = nextStep
    }

    /// The chain leads back to its first thread.
    public var isCycle: Bool { chain.last.map { $0.owner == chain.first?.thread } ?? false }
}
