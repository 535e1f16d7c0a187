import Diagnosis
import ProcessModel

/// Who has moved between two snapshots, as text for people: what `deadwait diff` prints.
public struct ComparisonText: Sendable {
    public var style: Style

    public init(style: Style = Style()) { self.style = style }

    public func write(_ comparison: SnapshotComparison, to output: inout ByteWriter) {
        output.append(trusted: style.begin(.bold))
        paragraph(head(comparison), indent: 0, to: &output)
        output.append(trusted: style.end)
        let words = (Words(comparison.before), Words(comparison.after))
        for movement in SnapshotComparison.Movement.allCases {
            let items = comparison.items.filter { $0.movement == movement }
            guard !items.isEmpty else { continue }
            ReportParts.heading(Self.title(movement, items.count), style: style, to: &output)
            for group in Self.groups(items, words.0, words.1) { write(group, words.0, words.1, to: &output) }
        }
        if !comparison.ownerChanges.isEmpty {
            ReportParts.heading("Locks that changed hands", style: style, to: &output)
            for change in comparison.ownerChanges {
                let name = words.1.wording.objectWithAddress(change.object, kind: .mutex)
                paragraph(
                    "\(name): \(holders(change.before, words.0)), then \(holders(change.after, words.1))", indent: 2,
                    to: &output)
            }
        }
        ReportParts.gaps(comparison.gaps, style: style, to: &output)
        output.finish()
    }

    private func head(_ comparison: SnapshotComparison) -> String {
        var text = ReportParts.process(comparison.after.snapshot.process) + ": "
        let both = comparison.items.count { $0.before != nil && $0.after != nil }
        text += "\(both) \(both == 1 ? "thread" : "threads") in both snapshots"
        let moved = comparison.items.count { $0.movement == .moved }
        text +=
            moved == 0 ? ", none of which stands elsewhere" : ", \(moved) of which \(moved == 1 ? "has" : "have") moved"
        if let elapsed = comparison.elapsedNanoseconds { text += "; \(Wording.duration(elapsed)) lie between them" }
        return text + "."
    }

    static func title(_ movement: SnapshotComparison.Movement, _ count: Int) -> String {
        let threads = "\(count) \(count == 1 ? "thread" : "threads")"
        return switch movement {
        case .ended: "Ended: \(threads)"
        case .appeared: "New: \(threads)"
        case .moved: "Moved: \(threads)"
        case .running: "On a CPU both times: \(threads)"
        case .polling: "Woke, and went back to the same wait: \(threads)"
        case .unmoved: "Did not run at all: \(threads)"
        case .samePlace: "In the same place; whether they ran in between was not counted: \(threads)"
        case .unknown: "Cannot tell, for want of a stack: \(threads)"
        }
    }

    // MARK: Groups

    /// What is printed of a thread in each of the snapshots.
    private struct Words {
        let index: SnapshotIndex
        let wording: Wording
        let waits: WaitWords

        init(_ index: SnapshotIndex) {
            self.index = index
            wording = Wording(index)
            waits = WaitWords(wording: wording)
        }

        /// "flush (async.c:12), waits for condition c"; nil for no thread.
        func place(_ position: Int?) -> String? {
            guard let position else { return nil }
            let thread = index.snapshot.threads[position]
            let place = wording.place(thread.id)?.words ?? "an unnamed function"
            guard let wait = thread.wait else {
                return thread.state == .running ? "\(place), running" : "\(place), \(thread.state.words)"
            }
            return "\(place), \(waits.sentence(wait, withTimeout: false))"
        }
    }

    private struct Group {
        var before: String?, after: String?
        var items: [SnapshotComparison.Item]
    }

    /// Threads of which the same would be printed stand together.
    private static func groups(
        _ items: [SnapshotComparison.Item], _ before: Words, _ after: Words
    ) -> [Group] {
        var order: [[String?]] = []
        var groups: [[String?]: Group] = [:]
        for item in items {
            let (old, new) = (before.place(item.before), after.place(item.after))
            let key = item.movement == .moved ? [old, new] : [new ?? old]
            if groups[key] == nil { order.append(key) }
            groups[key, default: Group(before: old, after: new, items: [])].items.append(item)
        }
        return order.compactMap { groups[$0] }
    }

    private func write(_ group: Group, _ before: Words, _ after: Words, to output: inout ByteWriter) {
        let ids = group.items.map(\.id)
        let words = group.items[0].after == nil ? before : after
        var text = ids.count == 1 ? words.wording.thread(ids[0]) : "\(ids.count): \(ThreadList.ranges(ids))"
        let effort = effort(group.items)
        switch (group.before, group.after) {
        case (let old?, let new?) where group.items[0].movement == .moved:
            paragraph(text + (effort.map { " (\($0))" } ?? ""), indent: 2, to: &output)
            paragraph("from \(old)", indent: 4, to: &output)
            paragraph("to   \(new)", indent: 4, to: &output)
        case (let old, let new):
            text += " in " + (new ?? old ?? "an unnamed function")
            paragraph(text + (effort.map { "; \($0)" } ?? ""), indent: 2, to: &output)
        }
    }

    /// "ran 12 times, 3 ms on a CPU"; of several threads that of all together.
    private func effort(_ items: [SnapshotComparison.Item]) -> String? {
        let runs = items.compactMap(\.runs).reduce(0, +)
        guard runs > 0 else { return nil }
        let time = items.compactMap(\.cpuNanoseconds).reduce(0, +)
        return "ran \(runs) \(runs == 1 ? "time" : "times"), \(Wording.duration(time)) on a CPU"
            + (items.count > 1 ? ", together" : "")
    }

    private func holders(_ ids: [ThreadID], _ words: Words) -> String {
        ids.isEmpty ? "held by nobody" : "held by \(words.wording.threads(ids))"
    }

    private func paragraph(_ text: String, indent: Int, to output: inout ByteWriter) {
        Paragraph.write(text, indent: indent, hang: 2, width: style.width, to: &output)
    }
}
