import Diagnosis
import ProcessModel

/// One finding for people: what it says, a drawing, what to do, and what it rests on.
struct FindingText {
    let assessment: Assessment
    let style: Style
    let isVerbose: Bool

    /// Stacks of so many threads are shown; the rest are named.
    private static let mostThreads = 6
    private static let mostFrames = 6
    private static let mostFacts = 12

    func write(_ finding: Finding, number: Int, to output: inout ByteWriter) {
        writeHead(finding, number, to: &output)
        if !finding.victims.isEmpty, finding.effect != .delay {
            line(
                "Behind \(finding.threads.count == 1 ? "it" : "them"): "
                    + "\(finding.victims.count == 1 ? "thread" : "threads") \(ThreadList.ranges(finding.victims)).",
                &output)
        }
        output.newline()
        if finding.effect != .consequence, !finding.objects.isEmpty || !finding.chain.isEmpty {
            ChainDrawing(wording: assessment.wording, style: style).write(finding, to: &output)
            output.newline()
        }
        writeCause(finding, to: &output)
        let isLive = assessment.snapshot.process.source == .live
        let again =
            finding.confidence == .cannotTell && isLive ? "Run again, or with --stop-all, to decide. If it is so: " : ""
        heading("What to do", again + finding.nextStep, &output)
        output.newline()
        writeStacks(finding, to: &output)
        // A consequence is as sure as its cause, whose facts are printed with it.
        if finding.effect != .consequence { writeFacts(finding, to: &output) }
    }

    /// What it says and all that it rests on, without drawing and stacks.
    func writeReasons(_ finding: Finding, number: Int, to output: inout ByteWriter) {
        writeHead(finding, number, to: &output)
        writeFacts(finding, to: &output)
        output.newline()
        writeCause(finding, to: &output)
        heading("What to do", finding.nextStep, &output)
    }

    /// What went wrong on the way to the wait, by the errors that its callers hold.
    private func writeCause(_ finding: Finding, to output: inout ByteWriter) {
        guard !finding.cause.isEmpty else { return }
        heading("An error on the way", finding.cause.map(\.fact).joined(separator: " "), &output)
        output.newline()
    }

    private func writeHead(_ finding: Finding, _ number: Int, to output: inout ByteWriter) {
        output.newline()
        output.append(trusted: style.begin(.bold))
        output.decimal(number)
        output.append(". ")
        output.text(finding.rule.rawValue)
        output.append(trusted: style.end)
        output.append(" (")
        output.append(trusted: finding.confidence.words)
        output.append(")\n")
        line(finding.summary, &output)
    }

    /// The program's own frames of each thread of the finding.
    private func writeStacks(_ finding: Finding, to output: inout ByteWriter) {
        var renderer = StackRenderer(
            assessment.snapshot, style: style, isVerbose: isVerbose, usesShortNames: !isVerbose)
        let registry = RegistryLookup(assessment.snapshot)
        var ids = finding.threads
        for link in finding.chain where finding.effect == .delay && !ids.contains(link.thread) {
            ids.append(link.thread)
        }
        for id in ids.prefix(Self.mostThreads) {
            guard let thread = assessment.index.thread(id) else { continue }
            let goal = thread.wait.map { ", \(WaitWords(wording: assessment.wording).sentence($0))" } ?? ""
            output.append(trusted: style.begin(.cyan))
            Paragraph.write(
                "Thread \(assessment.wording.thread(id))\(goal)", indent: 2, hang: 2, width: style.width, to: &output)
            output.append(trusted: style.end)
            for sentence in registry?.sentences(id) ?? [] { line("  \(sentence)", &output) }
            writeFrames(of: thread, &renderer, to: &output)
        }
        if ids.count > Self.mostThreads {
            line("and threads \(ThreadList.ranges(Array(ids.dropFirst(Self.mostThreads)))): see --stacks", &output)
        }
    }

    private func writeFrames(of thread: Thread, _ renderer: inout StackRenderer, to output: inout ByteWriter) {
        guard let stack = thread.stack, assessment.snapshot.stacks.indices.contains(stack) else {
            line("(no stack)", &output)
            return
        }
        let frames = assessment.snapshot.stacks[stack].frames
        let own = frames.indices.filter { !assessment.index.focus.isRuntime(frame: frames[$0]) }
        // Without names nothing is the program's own: then the innermost frames are better than none.
        let shown = (own.isEmpty ? Array(frames.indices) : own).prefix(Self.mostFrames)
        for position in shown { renderer.write(frame: frames[position], at: position, to: &output) }
        let left = frames.count - shown.count
        if left > 0 { line("  (\(left) more \(left == 1 ? "frame" : "frames"): see --stacks)", &output) }
        if case .failed(let reason) = assessment.snapshot.stacks[stack].end {
            line("  (the stack is cut short: \(reason))", &output)
        }
    }

    private func writeFacts(_ finding: Finding, to output: inout ByteWriter) {
        output.newline()
        line("Why this is \(finding.confidence == .cannotTell ? "not decided" : finding.confidence.words):", &output)
        let most = isVerbose ? finding.evidence.count : Self.mostFacts
        for evidence in finding.evidence.prefix(most) { bullet(evidence.fact, &output) }
        if finding.evidence.count > most {
            bullet("and \(finding.evidence.count - most) more facts: `deadwait why` shows all", &output)
        }
        for assumption in finding.assumptions {
            bullet(assumption, &output)
        }
    }

    private func heading(_ title: String, _ text: String, _ output: inout ByteWriter) {
        output.append("  ")
        output.append(trusted: style.begin(.bold))
        output.append(trusted: title)
        output.append(trusted: style.end)
        output.append(": ")
        Paragraph.write(text, column: title.utf8.count + 4, indent: 4, width: style.width, to: &output)
    }

    private func line(_ text: String, _ output: inout ByteWriter) {
        let indent = text.prefix { $0 == " " }.count + 2
        Paragraph.write(text, indent: indent, hang: 0, width: style.width, to: &output)
    }

    private func bullet(_ text: String, _ output: inout ByteWriter) {
        output.append("  - ")
        Paragraph.write(text, column: 4, indent: 4, width: style.width, to: &output)
    }
}
