import Diagnosis
import ProcessModel

/// A finding's chain as a small drawing: who waits for what, held by whom.
struct ChainDrawing {
    let wording: Wording
    let style: Style

    /// Of longer chains the middle is left out.
    private static let most = 8

    func write(_ finding: Finding, to output: inout ByteWriter) {
        guard let first = finding.chain.first else {
            writeRoles(finding, to: &output)
            return
        }
        let chain = finding.chain
        let isCycle = finding.isCycle
        for (step, link) in chain.enumerated() {
            if chain.count > Self.most, (Self.most - 2..<chain.count - 1).contains(step) {
                if step == Self.most - 2 {
                    row(isCycle ? "│    " : "     ", "… \(chain.count - Self.most + 1) more threads …", nil, &output)
                }
                continue
            }
            let mark = isCycle ? (step == 0 ? "┌─▶ " : "├─▶ ") : (step == 0 ? "    " : "──▶ ")
            let others = isCycle || finding.effect == .consequence ? 0 : others(in: finding)
            row(mark, label(link.thread) + (others > 0 ? ", and \(others) more" : ""), .bold, &output)
            row(isCycle ? "│     " : "  │   ", sentence(link), nil, &output)
        }
        let last = chain[chain.count - 1]
        if isCycle {
            row("└─◀ ", chain.count == 1 ? "\(first.thread) itself" : "\(first.thread) again", .bold, &output)
        } else if wording.index.thread(last.owner) == nil {
            row("  └▶ ", "thread \(last.owner): not a thread of the process any more", .red, &output)
        } else if let state = wording.index.thread(last.owner)?.state, state == .zombie || state == .dead {
            row("  └▶ ", "\(wording.thread(last.owner)): has exited", .red, &output)
        } else {
            row("  └▶ ", label(last.owner), .bold, &output)
            if let wait = wording.index.thread(last.owner)?.wait {
                row("      ", WaitWords(wording: wording).sentence(wait), nil, &output)
            }
        }
    }

    /// A wait that any thread of some role would end: who waits, for what, and what became of each role.
    private func writeRoles(_ finding: Finding, to output: inout ByteWriter) {
        guard let first = finding.threads.first, let object = finding.objects.first else { return }
        let more = finding.threads.count - 1
        row("", label(first) + (more > 0 ? ", and \(more) more" : ""), .bold, &output)
        let kind = wording.index.thread(first)?.wait?.kind ?? .condition
        row("  │   ", "waits for \(wording.object(object, kind: kind)), signalled by", nil, &output)
        let releasers = finding.wouldRelease.filter { $0.role != nil || $0.startRoutine != nil }
        if releasers.isEmpty { row("  └▶ ", "nobody", .red, &output) }
        for (number, releaser) in releasers.enumerated() {
            let isLast = number == releasers.count - 1
            let who = releaser.role.map { "role \($0)" } ?? releaser.startRoutine ?? "?"
            let text = "\(who): \(releaser.why)"
            row(isLast ? "  └▶ " : "  ├▶ ", text, releaser.status == .stuck ? nil : .red, &output)
        }
    }

    /// How many others wait for the same owner, in the finding or behind it.
    private func others(in finding: Finding) -> Int {
        Set(finding.threads + finding.victims).subtracting(finding.effect == .delay ? finding.threads : []).count - 1
    }

    private func sentence(_ link: ChainLink) -> String {
        link.kind == .join
            ? "joins, so waits for the end of" : "waits for \(wording.goal(link)), held by"
    }

    private func label(_ id: ThreadID) -> String {
        let place = wording.place(id).map { " in \($0.words)" } ?? ""
        return wording.thread(id) + place
    }

    private func row(_ line: StaticString, _ text: String, _ ink: Style.Ink?, _ output: inout ByteWriter) {
        row(line.description, text, ink, &output)
    }

    private func row(_ line: String, _ text: String, _ ink: Style.Ink?, _ output: inout ByteWriter) {
        output.spaces(4)
        output.append(trusted: line)
        if let ink { output.append(trusted: style.begin(ink)) }
        output.text(Paragraph.elided(text, to: style.width - 4 - Paragraph.columns(line)))
        if ink != nil { output.append(trusted: style.end) }
        output.newline()
    }
}
