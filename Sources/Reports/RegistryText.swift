import Diagnosis
import ProcessModel

/// What a registry holds, as text for people: what `deadwait registry` prints.
public struct RegistryText: Sendable {
    public var style: Style
    /// The last events of each thread, too.
    public var showsEvents: Bool
    /// All ended threads and all objects, not only the last and those with waiters.
    public var showsAll: Bool

    /// Of ended threads so many are shown, the last ones; and so many objects without waiters.
    private static let fewThreads = 20
    private static let fewObjects = 20

    public init(style: Style = Style(), showsEvents: Bool = false, showsAll: Bool = false) {
        self.style = style
        self.showsEvents = showsEvents
        self.showsAll = showsAll
    }

    /// Everything of the registry; nothing for a snapshot without one.
    public func write(_ snapshot: Snapshot, to output: inout ByteWriter) {
        guard let record = snapshot.registry else { return }
        let words = RegistryWords(record, modules: snapshot.modules)
        writeHead(snapshot, record, words, to: &output)
        writeThreads(record, words, to: &output)
        RegistryFactsText(record: record, words: words, style: style, objectLimit: showsAll ? nil : Self.fewObjects)
            .write(to: &output)
        ReportParts.gaps(record.gaps + snapshot.gaps.filter(Self.isAboutFiles), style: style, to: &output)
        output.finish()
    }

    /// Of the snapshot's own gaps those that take names from the registry's addresses.
    private static func isAboutFiles(_ gap: Gap) -> Bool {
        switch gap.subject {
        case .module, .file: true
        case .process, .thread, .memory, .object: false
        }
    }

    private func writeHead(
        _ snapshot: Snapshot, _ record: RegistryRecord, _ words: RegistryWords, to output: inout ByteWriter
    ) {
        let live = record.threads.count { $0.state != .exited }
        output.append(trusted: style.begin(.bold))
        line(
            "\(ReportParts.process(snapshot.process)): \(live) \(live == 1 ? "thread" : "threads") registered, "
                + "\(record.counters.exited) ended", &output)
        output.append(trusted: style.end)
        var source = "\(record.runtime.isEmpty ? "an unnamed runtime" : record.runtime), layout \(record.version)"
        if let address = record.address { source += ", at \(address)" }
        source += ", \(record.byteCount / 1024) KiB"
        if record.recordsLocks { source += ", with held locks" }
        if record.isFileBacked, snapshot.process.source != .registry { source += ", in a file" }
        line("Recorded by \(source)", &output)
        let until = record.readAt == nil ? "until its last entry" : "until now"
        line(
            "Since \(UTCTime.text(record.startRealtime)), \(Wording.duration(words.elapsed(since: record.start))) "
                + until, &output)
        if let parent = record.parent {
            line("Started afresh in a child that process \(parent) forked (generation \(record.forks))", &output)
        }
        if snapshot.process.source == .registry, record.readAt == nil {
            line(
                "The process has ended or runs elsewhere: what it did after the last entry is not known, and every time "
                    + "is a lower bound.", &output)
        }
    }

    private func writeThreads(_ record: RegistryRecord, _ words: RegistryWords, to output: inout ByteWriter) {
        let ended = record.threads.filter { $0.state == .exited }
        let live = record.threads.filter { $0.state != .exited }
        heading("Threads", live.count, &output)
        for thread in live { write(thread, words, to: &output) }
        guard !ended.isEmpty else { return }
        let shown = showsAll ? ended : Array(ended.suffix(Self.fewThreads))
        heading("Ended threads", ended.count, &output)
        if shown.count < ended.count {
            Paragraph.write(
                "the last \(shown.count) of them (--all shows each)", indent: 2, width: style.width, to: &output)
        }
        for thread in shown { write(thread, words, to: &output) }
    }

    private func write(_ thread: RegisteredThread, _ words: RegistryWords, to output: inout ByteWriter) {
        output.append(trusted: style.begin(.cyan))
        Paragraph.write(title(thread, words), indent: 2, hang: 2, width: style.width, to: &output)
        output.append(trusted: style.end)
        if let routine = words.startRoutine(thread) {
            let argument = thread.argument.map { " with \(Address($0))" } ?? ""
            detail("runs \(routine)\(argument)", &output)
        }
        if let creation = words.creation(thread) { detail(creation, &output) }
        if thread.presence == .goneWithoutNotice {
            detail(
                "gone without notice: registered as running, and the process has no such thread any more", &output)
        }
        if let wait = thread.wait {
            detail(words.wait(wait), &output)
            if let chain = words.chain(wait.stack, limit: 8) { detail("  " + chain, &output) }
        } else if thread.waits == nil {
            detail("what it waits for could not be read", &output)
        }
        if let locks = thread.heldLocks, !locks.isEmpty {
            for lock in locks {
                let site = lock.site.map { ", acquired at \(words.place($0, isReturnAddress: true))" } ?? ""
                detail("holds \(words.object(lock.object, lock.kind))\(site)", &output)
            }
            if thread.heldLocksDropped > 0 {
                detail("and \(thread.heldLocksDropped) more that were not recorded", &output)
            }
        }
        if showsEvents { writeEvents(thread, words, to: &output) }
    }

    private func title(_ thread: RegisteredThread, _ words: RegistryWords) -> String {
        var text = thread.id.map { "Thread \($0)" } ?? "A thread without an id yet"
        if let name = thread.name { text += " \"\(name)\"" }
        if let role = thread.role { text += ", role \(role)" }
        if thread.isMain { text += ", the initial thread" }
        switch thread.state {
        case .created: text += ", being created"
        case .running: text += thread.presence == .goneWithoutNotice ? ", gone" : ""
        case .ending: text += ", ending"
        case .unknown: text += ", in an unknown state"
        case .exited:
            switch thread.end {
            case .returned: text += ", returned"
            case .pthreadExit: text += ", called pthread_exit"
            case .cancelled: text += ", was cancelled"
            case .unknown, nil: text += ", ended"
            }
            if let exited = thread.exited { text += " after \(words.offset(exited))" }
        }
        if thread.isDetached { text += ", detached" }
        if thread.wasJoined { text += ", joined" }
        if thread.wasCancelAsked, thread.state != .exited { text += ", asked to cancel" }
        return text
    }

    private func writeEvents(_ thread: RegisteredThread, _ words: RegistryWords, to output: inout ByteWriter) {
        guard let events = thread.events else { return }
        let before = Int(thread.eventCount ?? 0) - events.count
        if before > 0 { detail("(\(before) \(before == 1 ? "event" : "events") before these, not kept)", &output) }
        for event in events {
            var text = "\(words.offset(event.time)): \(event.action.words)"
            if event.action == .created, let error = event.error {
                detail(
                    "\(words.offset(event.time)): could not create a thread: \(RegistryWords.error(Int32(error)))",
                    &output)
                continue
            }
            if let object = event.object {
                if event.action == .created || event.action == .exited {
                    text += " \(words.object(object, .join).replacing("the end of ", with: ""))"
                } else {
                    text += " \(words.object(object, event.kind ?? .unknown))"
                }
            }
            if let error = event.error { text += ": \(RegistryWords.error(Int32(error)))" }
            detail(text, &output)
        }
    }

    private func heading(_ text: String, _ count: Int, _ output: inout ByteWriter) {
        ReportParts.heading("\(text) (\(count))", style: style, to: &output)
    }

    private func detail(_ text: String, _ output: inout ByteWriter) {
        let indent = 6 + (text.hasPrefix("  ") ? 2 : 0)
        Paragraph.write(text, indent: indent, hang: 2, width: style.width, to: &output)
    }

    private func line(_ text: String, _ output: inout ByteWriter) {
        Paragraph.write(text, indent: 0, hang: 2, width: style.width, to: &output)
    }
}

extension RegisteredEvent.Action {
    /// What was done, before the object's name.
    var words: String {
        switch self {
        case .waitBegan: "began to wait for"
        case .waitEnded: "ended its wait for"
        case .signalled: "signalled"
        case .broadcast: "woke all of"
        case .created: "created"
        case .exited: "ended"
        case .acquired: "acquired"
        case .released: "released"
        case .unknown: "did something unknown to"
        }
    }
}
