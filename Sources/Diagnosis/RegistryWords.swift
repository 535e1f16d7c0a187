import ProcessModel

/// How a registry's addresses, stacks, threads and times are called in sentences.
public struct RegistryWords: Sendable {
    public let record: RegistryRecord
    private let modules: [Module]
    private let names: [UInt64: String]
    private let newestNames: [ThreadID: String]
    /// The moment that ages count to, and whether the process may have gone on after it.
    private let now: UInt64
    private let isLowerBound: Bool
    /// Which of the record's frames are the program's own.
    private let focus: FrameFocus

    public init(_ record: RegistryRecord, modules: [Module]) {
        self.record = record
        self.modules = modules
        var names: [UInt64: String] = [:]
        var newest: [ThreadID: String] = [:]
        for thread in record.threads {
            guard let name = thread.name ?? thread.role else { continue }
            names[thread.serial] = name
            if let id = thread.id { newest[id] = name }
        }
        self.names = names
        newestNames = newest
        now = record.readAt ?? record.newestTime
        isLowerBound = record.readAt == nil
        focus = FrameFocus(
            Snapshot(process: ProcessInfo(id: nil, source: .registry), modules: modules, frames: record.frames))
    }

    /// "work (bank.c:10)", "libfoo.so+0x1234", "0x7f00".
    public func place(_ address: Address, isReturnAddress: Bool) -> String {
        let frame = record.frame(at: address, isReturnAddress: isReturnAddress)
        if let source = frame?.source.first(where: { $0.function != nil }) {
            return FramePlace(frame: 0, source: source).words
        }
        let lookup = isReturnAddress ? address - 1 : address
        guard let module = modules.index(holding: lookup).map({ modules[$0] }) else { return "\(address)" }
        return "\(module.name)+\(address - module.loadBias)"
    }

    /// Of the module that holds a return address; nil without one.
    public func modulePath(_ address: Address) -> String? {
        modules.index(holding: address - 1).map { modules[$0].path }
    }

    /// "at flush (bank.c:33) from serve (bank.c:80)"; nil without a stack. Inlined functions count as frames. What libc
    /// does before it calls the program's own functions is left out.
    public func chain(_ index: Int?, limit: Int = 4) -> String? {
        guard let stack = record.stack(index) else { return nil }
        let own = stack.addresses.lastIndex { address in
            record.framePosition(at: address, isReturnAddress: true).map { !focus.isRuntime(frame: $0) } ?? false
        }
        var parts: [String] = []
        for address in stack.addresses[...(own ?? stack.addresses.count - 1)] {
            let sources = record.frame(at: address, isReturnAddress: true)?.source.filter { $0.function != nil } ?? []
            if sources.isEmpty {
                parts.append(place(address, isReturnAddress: true))
            } else {
                parts += sources.filter { !Self.isInstrumentation($0) }.map { FramePlace(frame: 0, source: $0).words }
            }
        }
        guard !parts.isEmpty else { return nil }
        let shown = parts.prefix(limit).joined(separator: " from ")
        return "at " + shown + (parts.count > limit ? " and \(parts.count - limit) more" : "")
    }

    /// What lies between a program and what it says to the registry, and thunks: nobody looks there.
    private static func isInstrumentation(_ source: SourceFrame) -> Bool {
        if let file = source.file?.split(separator: "/").last {
            if file == "deadwait.h" || file == "<compiler-generated>" { return true }
        }
        guard let function = source.shortFunction else { return false }
        return function.hasSuffix(".__allocating_init") || function.hasPrefix("Instrumentation.")
            || function.hasPrefix("Swift.")
            || function.contains(" in Instrumentation.")
    }

    /// "4244 (worker)". With a serial number the name is that thread's own, even if its id was used again.
    public func thread(_ id: ThreadID, serial: UInt64? = nil) -> String {
        let name = serial.flatMap { names[$0] } ?? (serial == nil ? newestNames[id] : nil)
        return name.map { "\(id) (\($0))" } ?? "\(id)"
    }

    /// "3.2 s", or "at least 3.2 s" where the process may have gone on after the last thing that it recorded.
    public func age(of time: UInt64) -> String {
        (isLowerBound ? "at least " : "") + Wording.duration(now > time ? now - time : 0)
    }

    /// "5 s ago", or "5 s before the last entry".
    public func ago(_ time: UInt64) -> String {
        Wording.duration(elapsed(since: time)) + (isLowerBound ? " before the last entry" : " ago")
    }

    /// How long after the recording began: "1.5 s".
    public func offset(_ time: UInt64) -> String { Wording.duration(time > record.start ? time - record.start : 0) }

    /// Nanoseconds from `time` to the reading, or to the last thing that was recorded.
    public func elapsed(since time: UInt64) -> UInt64 { now > time ? now - time : 0 }

    /// "condition "flushed" 0x600010": kind, name and address.
    public func object(_ address: Address, _ kind: RegisteredKind) -> String {
        if kind == .join {
            let target = record.threads.last { $0.handle == address }
            if let target, let id = target.id { return "the end of thread \(thread(id, serial: target.serial))" }
            return "the end of the thread of pthread_t \(address)"
        }
        let name = objectNames(address)
        return "\(kind.noun) " + (name.map { "\"\($0)\" " } ?? "") + "\(address)"
    }

    private func objectNames(_ address: Address) -> String? {
        var low = 0
        var high = record.objects.count
        while low < high {
            let middle = (low + high) / 2
            if record.objects[middle].address < address { low = middle + 1 } else { high = middle }
        }
        return record.objects[low...].prefix { $0.address == address }.lazy.compactMap(\.name).first
    }

    /// The start routine of a thread with what it was called with: "work (bank.c:10)".
    public func startRoutine(_ thread: RegisteredThread) -> String? {
        thread.startRoutine.map { place($0, isReturnAddress: false) }
    }

    /// "waits for condition 0x600010 with mutex 0x600040 for 3.2 s, timeout 100 ms, 41 timeouts in a row".
    public func wait(_ wait: RegisteredWait) -> String {
        var text = "waits for \(object(wait.object, wait.kind))"
        if let mutex = wait.mutex { text += " with \(object(mutex, .mutex))" }
        text += facts(of: wait).map { ", " + $0 } ?? ""
        switch wait.check {
        case .stale: text += " (stale: it was not blocked there when it was looked at)"
        case .later: text += " (since after it was looked at)"
        case .confirmed, .blocked, .again, nil: break
        }
        return text
    }

    /// What the registry adds to a wait that is known: "for 3.2 s, timeout 100 ms, 41 timeouts in a row".
    public func facts(of wait: RegisteredWait) -> String? {
        var parts: [String] = []
        if let since = wait.since { parts.append("for \(age(of: since))") }
        if let timeout = wait.timeout {
            parts.append(timeout == 0 ? "until a time that had passed" : "timeout \(Wording.timeout(timeout))")
        }
        if wait.timeoutsInARow > 0 {
            parts.append("\(wait.timeoutsInARow) \(wait.timeoutsInARow == 1 ? "timeout" : "timeouts") in a row")
        }
        if wait.isShared { parts.append("as a reader") }
        if wait.isNested { parts.append("in a signal handler") }
        if wait.isIdle { parts.append("idle" + (wait.idleReason.map { ": \($0)" } ?? "")) }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    /// "created by 4242 (main) after 1.5 s at spawn (bank.c:90)"; nil where nothing is known of it.
    public func creation(_ thread: RegisteredThread) -> String? {
        if thread.isMain { return nil }
        var text = thread.isLate ? "not made by a pthread_create that was seen" : "created"
        if let creator = thread.creator {
            text += " by \(self.thread(creator, serial: thread.creatorSerial))"
        }
        if let created = thread.created { text += (thread.isLate ? ", met" : "") + " after \(offset(created))" }
        if let chain = chain(thread.creationStack) { text += " " + chain }
        return text
    }

    /// The name of an errno value of Linux (errno(3)), else the number.
    public static func error(_ code: Int32) -> String {
        let names: [Int32: String] = [
            1: "EPERM", 2: "ENOENT", 3: "ESRCH", 4: "EINTR", 5: "EIO", 9: "EBADF", 11: "EAGAIN", 12: "ENOMEM",
            13: "EACCES", 14: "EFAULT", 16: "EBUSY", 17: "EEXIST", 20: "ENOTDIR", 21: "EISDIR", 22: "EINVAL",
            23: "ENFILE", 24: "EMFILE", 27: "EFBIG", 28: "ENOSPC", 30: "EROFS", 32: "EPIPE", 34: "ERANGE",
            35: "EDEADLK", 38: "ENOSYS", 75: "EOVERFLOW", 95: "ENOTSUP", 104: "ECONNRESET", 111: "ECONNREFUSED",
            110: "ETIMEDOUT", 125: "ECANCELED", 130: "EOWNERDEAD", 131: "ENOTRECOVERABLE",
        ]
        return names[code] ?? "error \(code)"
    }
}

extension RegisteredKind {
    /// As a noun of a sentence.
    public var noun: String {
        switch self {
        case .rwlockRead, .rwlockWrite: "rwlock"
        case .join: "thread's end"
        case .engineLock: "engine's lock"
        case .engineCondition: "engine's condition"
        case .spin: "spin lock"
        case .unknown: "object of an unknown kind"
        default: rawValue
        }
    }
}

extension RegisteredThread {
    /// Its wait, if the thread was seen blocked in it.
    public var currentWait: RegisteredWait? {
        switch wait?.check {
        case .confirmed, .blocked, .again: wait
        case .stale, .later, nil: nil
        }
    }
}
