import Diagnosis
import ProcessModel

/// Every thread with its stack, as text for people: what `deadwait stacks` prints.
public struct StacksText: Sendable {
    public var style: Style
    /// Threads with equal stacks, states and kinds of wait are printed once.
    public var foldsEqualStacks: Bool
    /// Registers, pcs, whole paths and columns, too.
    public var isVerbose: Bool

    public init(style: Style = Style(), foldsEqualStacks: Bool = true, isVerbose: Bool = false) {
        self.style = style
        self.foldsEqualStacks = foldsEqualStacks
        self.isVerbose = isVerbose
    }

    /// Every thread, then what was not seen.
    public func write(_ snapshot: Snapshot, to output: inout ByteWriter) {
        let index = SnapshotIndex(snapshot)
        write(index, head: true, to: &output)
        ReportParts.gaps(snapshot.gaps + (snapshot.registry?.gaps ?? []), style: style, to: &output)
        output.finish()
    }

    /// The threads alone; with `head` also what stands before them.
    func write(_ index: SnapshotIndex, head: Bool, to output: inout ByteWriter) {
        let snapshot = index.snapshot
        let words = WaitWords(wording: Wording(index))
        let groups = ThreadGroup.all(of: snapshot, folds: foldsEqualStacks)
        if head { writeHead(snapshot, groups: groups.count, to: &output) }
        var uses = Array(repeating: 0, count: snapshot.stacks.count)
        for group in groups {
            if let stack = snapshot.threads[group.members[0]].stack, uses.indices.contains(stack) { uses[stack] += 1 }
        }
        let registry = RegistryLookup(snapshot)
        var renderer = StackRenderer(snapshot, style: style, isVerbose: isVerbose)
        for group in groups {
            output.newline()
            writeTitle(group, snapshot, to: &output)
            writeWaits(group, snapshot, words, to: &output)
            if let registry { writeRegistered(group.members.map { snapshot.threads[$0].id }, registry, to: &output) }
            let thread = snapshot.threads[group.members[0]]
            if isVerbose { writeRegisters(group, snapshot, to: &output) }
            if let stack = thread.stack, uses.indices.contains(stack) {
                renderer.write(stack: stack, isShared: uses[stack] > 1, to: &output)
            } else {
                output.append("  (no stack)")
                output.newline()
            }
        }
    }

    private func writeHead(_ snapshot: Snapshot, groups: Int, to output: inout ByteWriter) {
        let count = snapshot.threads.count
        var title = "\(ReportParts.process(snapshot.process)): \(count) \(count == 1 ? "thread" : "threads")"
        if groups < count { title += " in \(groups) \(groups == 1 ? "group" : "groups")" }
        output.append(trusted: style.begin(.bold))
        Paragraph.write(title, indent: 0, hang: 2, width: style.width, to: &output)
        output.append(trusted: style.end)
        if let timing = ReportParts.timing(snapshot) {
            Paragraph.write(timing, indent: 0, hang: 2, width: style.width, to: &output)
        }
        if let crash = snapshot.crash {
            Paragraph.write(ReportParts.crash(crash), indent: 0, hang: 2, width: style.width, to: &output)
        }
    }

    private func writeTitle(_ group: ThreadGroup, _ snapshot: Snapshot, to output: inout ByteWriter) {
        let first = snapshot.threads[group.members[0]]
        output.append(trusted: style.begin(.cyan))
        if group.members.count == 1 {
            output.append("Thread ")
            output.decimal(first.id.rawValue)
            if let name = first.name {
                output.append(" \"")
                output.text(name)
                output.append(0x22)
            }
            output.append(", ")
            output.append(trusted: first.state.words)
            if let progress = first.progress, first.state.words != progress.rawValue {
                output.append(", ")
                output.append(trusted: progress.rawValue)
            }
            output.append(trusted: style.end)
            output.newline()
            return
        }
        let threads = group.members.map { snapshot.threads[$0] }
        var text = "\(threads.count) threads, \(first.state.words)"
        if let progress = first.progress, first.state.words != progress.rawValue { text += ", \(progress.rawValue)" }
        text += ": \(ThreadList.ranges(threads.map(\.id)))"
        let names = counted(threads.compactMap(\.name))
        if !names.isEmpty { text += " " + list(names, limit: 6) { "\"\($0)\"" } }
        Paragraph.write(text, indent: 0, hang: 2, width: style.width, to: &output)
        output.append(trusted: style.end)
    }

    private func writeWaits(
        _ group: ThreadGroup, _ snapshot: Snapshot, _ words: WaitWords, to output: inout ByteWriter
    ) {
        if group.members.count == 1 {
            guard let wait = snapshot.threads[group.members[0]].wait else { return }
            Paragraph.write(words.sentence(wait), indent: 2, hang: 2, width: style.width, to: &output)
            return
        }
        // Equal goals differ in nothing that is printed, so they are counted by what tells them apart first.
        var order: [Goal] = []
        var counts: [Goal: (count: Int, first: Int)] = [:]
        for member in group.members {
            guard let wait = snapshot.threads[member].wait else { continue }
            let goal = Goal(
                object: wait.object, mutex: wait.mutex, owner: wait.owner,
                summary: wait.object == nil ? wait.summary : "")
            if counts[goal] == nil { order.append(goal) }
            counts[goal, default: (0, member)].count += 1
        }
        if order.count > 4 {
            order.sort { left, right in
                guard let left = counts[left], let right = counts[right] else { return false }
                return (right.count, left.first) < (left.count, right.first)
            }
        }
        for goal in order.prefix(4) {
            guard let (count, first) = counts[goal], let wait = snapshot.threads[first].wait else { continue }
            let text =
                words.sentence(wait, withTimeout: count == 1)
                + (order.count > 1 ? " (\(count) \(count == 1 ? "thread" : "threads"))" : "")
            Paragraph.write(text, indent: 2, hang: 2, width: style.width, to: &output)
        }
        if order.count > 4 {
            Paragraph.write(
                "and for \(order.count - 4) more (--no-group shows each)", indent: 2, width: style.width, to: &output)
        }
    }

    private func writeRegistered(_ ids: [ThreadID], _ registry: RegistryLookup, to output: inout ByteWriter) {
        let sentences = ids.count == 1 ? registry.sentences(ids[0]) : registry.summary(ids).map { [$0] } ?? []
        for sentence in sentences {
            Paragraph.write(sentence, indent: 2, hang: 2, width: style.width, to: &output)
        }
    }

    private struct Goal: Hashable {
        var object: SyncObjectID?
        var mutex: SyncObjectID?
        var owner: ThreadID?
        var summary: String
    }

    private func writeRegisters(_ group: ThreadGroup, _ snapshot: Snapshot, to output: inout ByteWriter) {
        for member in group.members {
            let thread = snapshot.threads[member]
            let known = RegisterSet.names.enumerated().compactMap { number, name in
                thread.registers[number].map { "\(name)=\(Address($0))" }
            }
            guard !known.isEmpty else { continue }
            let label = group.members.count > 1 ? "registers of \(thread.id): " : "registers: "
            Paragraph.write(
                label + known.joined(separator: " "), indent: 2, hang: 2, width: style.width, to: &output)
        }
    }

    /// Each distinct item with its count, the most frequent first, equals in the order of their first appearance.
    private func counted(_ items: [String]) -> [(item: String, count: Int)] {
        var order: [String: Int] = [:]
        var counts: [(item: String, count: Int)] = []
        for item in items {
            if let number = order[item] {
                counts[number].count += 1
            } else {
                order[item] = counts.count
                counts.append((item, 1))
            }
        }
        return counts.enumerated().sorted {
            ($1.element.count, $0.offset) < ($0.element.count, $1.offset)
        }.map(\.element)
    }

    private func list(_ items: [(item: String, count: Int)], limit: Int, _ words: (String) -> String) -> String {
        let parts = items.prefix(limit).map {
            words($0.item) + ($0.count > 1 && items.count > 1 ? " x\($0.count)" : "")
        }
        return parts.joined(separator: ", ") + (items.count > limit ? " and \(items.count - limit) more names" : "")
    }
}
