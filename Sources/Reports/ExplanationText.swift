import Diagnosis
import ProcessModel

/// One thread's wait explained for people: what `deadwait why` prints.
public struct ExplanationText: Sendable {
    public var style: Style
    public var isVerbose: Bool

    /// Calls of a way that are shown; of a longer one the first and the last.
    private static let mostSteps = 10

    public init(style: Style = Style(), isVerbose: Bool = false) {
        self.style = style
        self.isVerbose = isVerbose
    }

    public func write(_ explanation: ThreadExplanation, to output: inout ByteWriter) {
        let assessment = explanation.assessment
        let wording = assessment.wording
        output.append(trusted: style.begin(.bold))
        line(
            "\(ReportParts.process(assessment.snapshot.process)): thread \(wording.thread(explanation.thread.id))", 0,
            &output)
        output.append(trusted: style.end)
        line("\(explanation.verdict.verdict.rawValue): \(explanation.verdict.reason)", 0, &output)
        writeStand(explanation, to: &output)
        writeChain(explanation, to: &output)
        writeCandidates(explanation, to: &output)
        for number in explanation.findings {
            FindingText(assessment: assessment, style: style, isVerbose: true)
                .writeReasons(assessment.findings[number], number: number + 1, to: &output)
        }
        let registry = assessment.snapshot.registry?.gaps ?? []
        let gaps = assessment.index.gaps(about: explanation.thread.id) + assessment.index.processGaps + registry
        ReportParts.gaps(gaps, style: style, to: &output)
        output.finish()
    }

    // MARK: The thread

    private func writeStand(_ explanation: ThreadExplanation, to output: inout ByteWriter) {
        let assessment = explanation.assessment
        ReportParts.heading("Where it stands", style: style, to: &output)
        if let wait = explanation.thread.wait {
            line(WaitWords(wording: assessment.wording).sentence(wait).capitalizedFirst + ".", 2, &output)
        }
        for sentence in RegistryLookup(assessment.snapshot)?.sentences(explanation.thread.id) ?? [] {
            line(sentence, 2, &output)
        }
        for sentence in explanation.wait { line(sentence, 2, &output) }
        guard let number = explanation.thread.stack, assessment.snapshot.stacks.indices.contains(number) else {
            line("Its stack was not read.", 2, &output)
            return
        }
        let stack = assessment.snapshot.stacks[number]
        var renderer = StackRenderer(
            assessment.snapshot, style: style, isVerbose: isVerbose, usesShortNames: !isVerbose)
        for (position, frame) in stack.frames.enumerated() { renderer.write(frame: frame, at: position, to: &output) }
        if case .failed(let reason) = stack.end { line("(the stack is cut short: \(reason))", 2, &output) }
    }

    private func writeChain(_ explanation: ThreadExplanation, to output: inout ByteWriter) {
        guard !explanation.chain.isEmpty else { return }
        ReportParts.heading("Who keeps it", style: style, to: &output)
        for evidence in explanation.chainEvidence { line("- " + evidence.fact, 2, &output) }
        guard let last = explanation.chain.last else { return }
        let verdict = explanation.assessment.verdicts.first { $0.thread == last.owner }
        if let verdict, last.owner != explanation.thread.id {
            let who = explanation.assessment.wording.thread(last.owner)
            line("- Thread \(who) itself: \(verdict.verdict.rawValue), \(verdict.reason).", 2, &output)
        }
    }

    // MARK: Candidates

    private func writeCandidates(_ explanation: ThreadExplanation, to output: inout ByteWriter) {
        guard !explanation.candidates.isEmpty else {
            guard let silence = explanation.silence else { return }
            ReportParts.heading("Who could end the wait", style: style, to: &output)
            line(silence, 2, &output)
            return
        }
        ReportParts.heading("Who could end the wait", style: style, to: &output)
        for (number, candidate) in explanation.candidates.enumerated() {
            write(candidate, number + 1, explanation.assessment.wording, &output)
        }
        if explanation.omittedCandidates > 0 {
            line("and \(explanation.omittedCandidates) more functions, surer ones first.", 2, &output)
        }
        let levels = Set(explanation.candidates.flatMap(\.ways).flatMap(\.steps).map(\.level))
        if !levels.isDisjoint(with: ["prototype", "offset", "any"]) {
            line(
                "A call in brackets goes through a pointer. prototype, offset, any: guesses, of functions with that "
                    + "prototype, stored at that offset, or whose address is taken.", 2, &output)
        }
    }

    private func write(
        _ candidate: ThreadExplanation.Candidate, _ number: Int, _ wording: Wording, _ output: inout ByteWriter
    ) {
        let verb =
            switch candidate.effect {
            case .signals: "signals it"
            case .writes: "writes what the loop looks at"
            case .wakes: "signals it, after which it looks again and waits on"
            }
        let doubt = candidate.isSure ? "" : ", if it is the same \(candidate.effect == .writes ? "memory" : "object")"
        let places = candidate.places.isEmpty ? "" : " (\(wording.list(candidate.places)))"
        line("\(number). \(candidate.function)\(places) \(verb)\(doubt).", 2, &output)
        for way in candidate.ways {
            line("\(who(way, wording)): \(way.obstacle ?? Self.words(way.trust))", 5, &output)
            if !way.steps.isEmpty { line(text(of: way.steps, to: candidate.function), 7, &output) }
        }
        if !candidate.without.isEmpty {
            line("no way leads there from \(wording.threads(candidate.without))", 5, &output)
        }
    }

    private func who(_ way: ThreadExplanation.Way, _ wording: Wording) -> String {
        switch way.walker {
        case .threads(let ids): wording.threads(ids)
        case .callback: "a function that others may call at any time"
        case .startRoutine(let name): "a thread of \(name)"
        }
    }

    private static func words(_ trust: ThreadExplanation.Trust) -> String {
        switch trust {
        case .understood: "comes there, by calls that are all understood"
        case .known: "may come there: a call on the way is not fully understood"
        case .guessed: "comes there only if a pointer holds what nothing says it holds"
        }
    }

    /// "work (queue.c:12) → push (queue.c:40) →[offset] wake".
    private func text(of steps: [ThreadExplanation.Step], to function: String) -> String {
        var text = ""
        for (position, step) in steps.enumerated() {
            let left = steps.count - Self.mostSteps
            if left > 0, !isVerbose, position >= Self.mostSteps / 2, position < Self.mostSteps / 2 + left {
                if position == Self.mostSteps / 2 { text += "(\(left) more calls) → " }
                continue
            }
            text += step.function + (step.place.map { " (\($0))" } ?? "")
            text += step.isCreation ? " starts a thread of " : step.level == "direct" ? " → " : " →[\(step.level)] "
        }
        return text + function
    }

    private func line(_ text: String, _ indent: Int, _ output: inout ByteWriter) {
        Paragraph.write(text, indent: indent, hang: 2, width: style.width, to: &output)
    }
}
