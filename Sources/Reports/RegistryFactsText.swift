import Diagnosis
import ProcessModel

/// The parts of a registry that are not about one thread: objects, failures, what the engine expects, what was lost.
struct RegistryFactsText {
    let record: RegistryRecord
    let words: RegistryWords
    let style: Style
    /// Of objects that nobody waits for so many are shown; nil for all.
    let objectLimit: Int?

    func write(to output: inout ByteWriter) {
        writeObjects(&output)
        writeFailures(&output)
        writeExpected(&output)
        writeDeclarations(&output)
        writePending(&output)
        writeLocks(&output)
        writeLosses(&output)
    }

    private func writeObjects(_ output: inout ByteWriter) {
        guard !record.objects.isEmpty else { return }
        heading("Objects", record.objects.count, &output)
        let waited = record.objects.filter { $0.waiting > 0 }
        let others = record.objects.filter { $0.waiting == 0 }
        let shown = waited + others.prefix(objectLimit ?? others.count)
        for object in shown { write(object, &output) }
        if shown.count < record.objects.count {
            item("and \(record.objects.count - shown.count) more that nobody waits for (--all shows each)", &output)
        }
        item(
            "Every count is a lower bound: a signal that the program drops before it calls libc is not seen.", &output)
    }

    private func write(_ object: RegisteredObject, _ output: inout ByteWriter) {
        var title = words.object(object.address, object.kind)
        title = title.prefix(1).uppercased() + title.dropFirst()
        if object.isShared { title += ", shared with other processes" }
        item(title, &output)
        if object.initialisationSeen || object.initialisationStack != nil {
            let when = object.kind == .engineLock ? "" : object.since.map { " after \(words.offset($0))" } ?? ""
            detail("initialised" + when + (words.chain(object.initialisationStack).map { " \($0)" } ?? ""), &output)
        }
        var counts = "\(object.waiting) waiting; \(Self.count(object.waits, "wait", "waits")), "
        counts += "\(object.timeouts) ended by timeout"
        if object.kind != .engineLock {
            counts += "; \(Self.count(object.signals, "signal", "signals")), "
            counts += "\(Self.count(object.broadcasts, "broadcast", "broadcasts")), \(object.unheard) of them unheard"
        }
        detail(counts, &output)
        if object.engineWakes {
            detail("its engine drops signals before they reach libc: the counts are far too low", &output)
        }
        if let last = object.lastSignal {
            let who = object.lastSignaller.map { " by \(words.thread($0))" } ?? ""
            detail("last signalled\(who) \(words.ago(last))", &output)
        } else if object.signals == 0, object.broadcasts == 0, object.kind != .engineLock {
            detail("never signalled, as far as was seen", &output)
        }
        if object.kind == .engineLock {
            if let owner = object.owner {
                let since = object.since.map { " for \(words.age(of: $0))" } ?? ""
                let chain = words.chain(object.acquisitionStack).map { ", acquired \($0)" } ?? ""
                detail("held by \(words.thread(owner))\(since)\(chain)", &output)
            } else {
                detail("free, or held by readers", &output)
            }
        }
        let verb = object.kind == .engineLock ? "acquired" : "signalled"
        for site in object.sites {
            let routine = site.startRoutine.map { ", by threads of \(words.place($0, isReturnAddress: false))" } ?? ""
            detail("\(verb) \(words.chain(site.stack) ?? "at a place that was not kept")\(routine)", &output)
        }
        if object.sitesRecorded > UInt32(object.sites.count) {
            let dropped = object.sitesRecorded - UInt32(object.sites.count)
            detail("and from \(Self.count(UInt64(dropped), "place", "places")) before, not kept", &output)
        }
    }

    private func writeFailures(_ output: inout ByteWriter) {
        guard record.counters.failures > 0 || !record.failures.isEmpty else { return }
        heading("Threads that could not be created", Int(clamping: record.counters.failures), &output)
        for failure in record.failures {
            var text = "after \(words.offset(failure.when)): \(RegistryWords.error(failure.error))"
            if let routine = failure.startRoutine {
                text += " for \(words.place(routine, isReturnAddress: false))"
            }
            if let creator = failure.creator { text += ", by \(words.thread(creator, serial: failure.creatorSerial))" }
            if let chain = words.chain(failure.stack) { text += " " + chain }
            item(text, &output)
        }
        let more = record.counters.failures - min(record.counters.failures, UInt64(record.failures.count))
        if more > 0 { item("and \(more) before them, not kept", &output) }
    }

    /// What should be there and is not.
    private func writeExpected(_ output: inout ByteWriter) {
        var wanted: [(role: String, count: UInt32)] = []
        for declaration in record.declarations {
            if case .expected(let role, let count) = declaration.statement { wanted.append((role, count)) }
        }
        guard !wanted.isEmpty else { return }
        heading("Expected threads", wanted.count, &output)
        for (role, count) in wanted.sorted(by: { $0.role < $1.role }) {
            let live = record.live(role: role)
            var text = "role \(role): \(count) expected, \(live) live"
            if live < Int(count) { text += ": \(Int(count) - live) missing" }
            let failed = record.starts.filter { $0.role == role }.reduce(0 as UInt64) { $0 &+ UInt64($1.failed) }
            if failed > 0 { text += "; \(Self.count(failed, "creation", "creations")) of its start routine failed" }
            item(text, &output)
        }
    }

    private func writeDeclarations(_ output: inout ByteWriter) {
        let others = record.declarations.filter {
            if case .expected = $0.statement { return false }
            return true
        }
        guard !others.isEmpty else { return }
        heading("Declared by the engine", others.count, &output)
        for declaration in others {
            let object = declaration.object.map { address in
                let kind = record.objects.first { $0.address == address }?.kind
                return words.object(address, kind ?? .condition)
            }
            item(Self.sentence(declaration.statement, object ?? "an object", words), &output)
        }
    }

    private static func sentence(
        _ statement: EngineDeclaration.Statement, _ object: String, _ words: RegistryWords
    ) -> String {
        switch statement {
        case .signaller(let role): return "\(object) is signalled by threads of role \(role)"
        case .predicate(let address, let mask, let value, let bytes):
            return "who waits for \(object) waits until (\(bytes) bytes at \(address) & \(Address(mask))) is "
                + "\(Address(value))"
        case .quorum(let role, let count, let arrived, _):
            let counter = arrived.map { ", counted at \($0)" } ?? ""
            return "who waits for \(object) waits for \(count) arrivals of role \(role)\(counter)"
        case .expected(let role, let count): return "\(count) threads of role \(role)"
        case .call(let name, let thread, let serial):
            return "thread \(words.thread(thread, serial: serial)) is in a call of \(name)"
        }
    }

    private func writePending(_ output: inout ByteWriter) {
        guard !record.pending.isEmpty else { return }
        heading("Promised and not done", record.pending.count, &output)
        for promise in record.pending {
            var text = "\(promise.kind.noun) \(promise.text.map { "\"\($0)\" " } ?? "")\(Address(promise.id))"
            if let thread = promise.thread {
                text += ", created by \(words.thread(thread, serial: promise.threadSerial))"
            }
            if let since = promise.since { text += ", open for \(words.age(of: since))" }
            if let chain = words.chain(promise.stack) { text += " " + chain }
            if let dropped = promise.dropped {
                text += "; whoever was to end it was freed \(words.ago(dropped)): nobody can any more"
            }
            item(text, &output)
        }
    }

    private func writeLocks(_ output: inout ByteWriter) {
        if !record.abandoned.isEmpty {
            heading("Locks that nobody can release", record.abandoned.count, &output)
            for lock in record.abandoned {
                let owner = lock.thread.map { "thread \(words.thread($0))" } ?? "a thread"
                var text = "\(words.object(lock.object, lock.kind)): held by \(owner), which "
                text += lock.reason == .exit ? "ended" : "did not survive a fork"
                if let when = lock.when { text += " after \(words.offset(when))" }
                if let site = lock.site { text += "; acquired at \(words.place(site, isReturnAddress: true))" }
                item(text, &output)
            }
        }
        let inverted = (record.lockOrders ?? []).filter(\.isInverted)
        guard !inverted.isEmpty else { return }
        heading("Lock orders seen in both directions", inverted.count, &output)
        for order in inverted {
            var text = "\(words.object(order.first, order.firstKind)) before "
            text += words.object(order.second, order.secondKind)
            if let first = order.firstSite, let second = order.secondSite {
                text += ": acquired at \(words.place(first, isReturnAddress: true)) and then at "
                text += words.place(second, isReturnAddress: true)
            }
            if let thread = order.thread { text += ", first by \(words.thread(thread))" }
            item(text, &output)
        }
    }

    private func writeLosses(_ output: inout ByteWriter) {
        let losses = record.counters.losses.filter { $0.count > 0 }
        guard !losses.isEmpty else { return }
        heading("Not recorded, since a table was full", losses.count, &output)
        for loss in losses { item("\(loss.count) \(loss.what)", &output) }
    }

    private static func count(_ count: UInt64, _ one: String, _ many: String) -> String {
        "\(count) \(count == 1 ? one : many)"
    }

    private func heading(_ text: String, _ count: Int, _ output: inout ByteWriter) {
        ReportParts.heading("\(text) (\(count))", style: style, to: &output)
    }

    private func item(_ text: String, _ output: inout ByteWriter) {
        Paragraph.write(text, indent: 2, hang: 2, width: style.width, to: &output)
    }

    private func detail(_ text: String, _ output: inout ByteWriter) {
        Paragraph.write(text, indent: 6, hang: 2, width: style.width, to: &output)
    }
}

extension RegistryRecord {
    /// Threads of a role that are alive, as far as is known.
    func live(role: String) -> Int {
        threads.count { $0.role == role && $0.state != .exited && $0.presence != .goneWithoutNotice }
    }
}

extension RegistryCounters {
    /// What each counter of losses counts, in words.
    var losses: [(count: UInt64, what: String)] {
        [
            (threadsDropped, "threads: nothing is known of them"),
            (slotsReused, "ended threads, whose records were given to others"),
            (objectsDropped, "objects, whose records were given to others"), (stacksDropped, "call stacks"),
            (startsDropped, "start routines"), (textsDropped, "names, roles or other texts"),
            (declarationsDropped, "declarations of the engine"), (pendingDropped, "promises"),
            (modulesDropped, "modules"), (heldDropped, "acquisitions of a thread that held too many locks"),
            (ordersDropped, "lock orders"), (abandonedDropped, "abandoned locks"),
        ]
    }
}
