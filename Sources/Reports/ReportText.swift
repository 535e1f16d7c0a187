import Diagnosis
import ProcessModel

/// Findings and verdicts for people: what `deadwait attach` and `deadwait core` print.
///
/// The answer comes first and in sentences; what it rests on follows, and whole stacks come last.
public struct ReportText: Sendable {
    public var style: Style
    /// Print every stack, too.
    public var showsStacks: Bool
    public var isVerbose: Bool

    /// So many findings are printed in full: who has more of them has one cause.
    private static let mostFindings = 25

    public init(style: Style = Style(), showsStacks: Bool = false, isVerbose: Bool = false) {
        self.style = style
        self.showsStacks = showsStacks
        self.isVerbose = isVerbose
    }

    /// Findings first, then what is not judged, then what was not seen.
    public func write(_ assessment: Assessment, to output: inout ByteWriter) {
        let snapshot = assessment.snapshot
        let count = snapshot.threads.count
        ink(.bold, &output) { output in
            Paragraph.write(
                "\(ReportParts.process(snapshot.process)): \(count) \(count == 1 ? "thread" : "threads")",
                indent: 0, hang: 2, width: style.width, to: &output)
        }
        if let crash = snapshot.crash { sentence(ReportParts.crash(crash), &output) }
        writeAnswer(assessment, to: &output)
        for (number, finding) in assessment.findings.prefix(Self.mostFindings).enumerated() {
            FindingText(assessment: assessment, style: style, isVerbose: isVerbose)
                .write(finding, number: number + 1, to: &output)
        }
        if assessment.findings.count > Self.mostFindings {
            output.newline()
            sentence(
                "\(assessment.findings.count - Self.mostFindings) more findings are in the JSON report (--format json).",
                &output)
        }
        VerdictText(assessment: assessment, style: style).write(to: &output)
        ReportParts.gaps(snapshot.gaps + (snapshot.registry?.gaps ?? []), style: style, to: &output)
        if let timing = ReportParts.timing(snapshot) {
            output.newline()
            sentence("Capture: \(timing).", &output)
        }
        if showsStacks {
            output.newline()
            ink(.bold, &output) { $0.append("Stacks\n") }
            StacksText(style: style, isVerbose: isVerbose).write(assessment.index, head: false, to: &output)
        }
        output.finish()
    }

    /// The first screen: what is stuck, in sentences.
    private func writeAnswer(_ assessment: Assessment, to output: inout ByteWriter) {
        output.newline()
        let stuck = assessment.verdicts.count { $0.verdict == .stuck }
        let victims = assessment.verdicts.count { $0.verdict == .victim }
        let unknown = assessment.verdicts.count { $0.verdict == .unknown }
        if stuck > 0 {
            let behind =
                victims == 0
                ? ""
                : "; \(victims) more \(victims == 1 ? "waits" : "wait") behind "
                    + "\(stuck == 1 ? "it" : "them")"
            let all = assessment.snapshot.threads.count
            ink(.red, &output) { output in
                sentence(
                    "STUCK: \(stuck) of \(all) \(all == 1 ? "thread" : "threads") can never go on\(behind).", &output)
            }
        } else if let crash = assessment.findings.first(where: { $0.effect == .crash }) {
            ink(.red, &output) { sentence("CRASHED: \(assessment.wording.threads(crash.threads)).", &$0) }
        } else if assessment.findings.contains(where: { $0.confidence > .cannotTell && !$0.endsByItself }) {
            ink(.yellow, &output) { output in
                sentence("SUSPECTED: no thread is proved to be stuck, but look at this.", &output)
            }
        } else if assessment.exitStatus == .noResult {
            ink(.yellow, &output) { sentence("NO RESULT: no thread could be seen.", &$0) }
        } else if assessment.exitStatus == .partial {
            let why: String
            if let finding = assessment.findings.first(where: { !$0.endsByItself }) {
                why = "what looks like a \(finding.rule) is not decided by what was seen"
            } else if unknown > 0 {
                why =
                    "no thread was found stuck, but of \(unknown) \(unknown == 1 ? "thread" : "threads") it is not "
                    + "known what they wait for, or who could end it"
            } else {
                why = "no thread was found stuck, but a part of the process was not seen"
            }
            ink(.yellow, &output) { sentence("CANNOT TELL: \(why).", &$0) }
        } else {
            ink(.green, &output) { output in
                sentence("NOTHING STUCK: no thread waits for a lock, a queue or a thread that cannot come.", &output)
            }
        }
        let open = assessment.ownerless
        if open > 0, stuck == 0 {
            sentence(
                "What \(open) \(open == 1 ? "thread waits" : "threads wait") for has no owner (a condition, a semaphore and "
                    + "such): whether it comes is not judged.", &output)
        }
        guard assessment.findings.count > 1 else { return }
        for (number, finding) in assessment.findings.prefix(9).enumerated() {
            let text = "\(number + 1). \(finding.rule) (\(finding.confidence.words)): \(headline(finding, assessment))"
            Paragraph.write(text, indent: 2, hang: 3, width: style.width, to: &output)
        }
        if assessment.findings.count > 9 { sentence("  and \(assessment.findings.count - 9) more below", &output) }
    }

    private func headline(_ finding: Finding, _ assessment: Assessment) -> String {
        let wording = assessment.wording
        let behind = finding.victims.isEmpty ? "" : ", \(finding.victims.count) behind"
        return wording.threads(finding.threads) + behind
    }

    private func sentence(_ text: String, _ output: inout ByteWriter) {
        Paragraph.write(text, indent: 0, hang: 2, width: style.width, to: &output)
    }

    private func ink(_ ink: Style.Ink, _ output: inout ByteWriter, _ body: (inout ByteWriter) -> Void) {
        output.append(trusted: style.begin(ink))
        body(&output)
        output.append(trusted: style.end)
    }
}
