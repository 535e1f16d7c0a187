import ProcessModel

/// How threads, objects and waits are called in sentences.
public struct Wording: Sendable {
    public let index: SnapshotIndex

    public init(_ index: SnapshotIndex) { self.index = index }

    /// "4243 (worker)"; the process's first thread, whose name is the program's unless it was given one, is "4242 (main)".
    public func thread(_ id: ThreadID) -> String {
        guard let name = index.thread(id)?.name, !name.isEmpty else { return "\(id)" }
        let process = index.snapshot.process
        if process.id.map({ $0.rawValue == id.rawValue }) == true,
            let program = process.executable?.split(separator: "/").last, program.utf8.starts(with: name.utf8)
        {
            return "\(id) (main)"
        }
        return "\(id) (\(name))"
    }

    /// "thread 4243 (worker)"; at most five of many: "threads 1 (a), 2 (b) and 3 (c)".
    public func threads(_ ids: [ThreadID]) -> String {
        if ids.count == 1 { return "thread " + thread(ids[0]) }
        return "threads " + list(ids.map(thread))
    }

    /// "a, b and c", of more than five the first four and how many more there are.
    public func list(_ items: [String]) -> String {
        if items.count > 5 { return items.prefix(4).joined(separator: ", ") + " and \(items.count - 4) more" }
        guard let last = items.last, items.count > 1 else { return items.first ?? "" }
        return items.dropLast().joined(separator: ", ") + " and " + last
    }

    /// "condition "flush done"", "mutex g_lock", "Swift Mutex 0x7f00": the kind of object with the engine's name for it,
    /// its symbol, or its address.
    public func object(_ id: SyncObjectID, kind: WaitKind) -> String {
        let known = index.object(id)
        var text = noun(known?.type, kind: kind) + " "
        if let name = index.name(of: id) {
            text += "\"\(name)\"" + (index.isRepeated(name) ? " \(id)" : "")
        } else {
            text += known?.symbol ?? id.description
        }
        return text
    }

    /// The same with the address, also where it has a name: "condition "flush done" (0x7f00)".
    public func objectWithAddress(_ id: SyncObjectID, kind: WaitKind) -> String {
        let text = object(id, kind: kind)
        return text.hasSuffix(id.description) ? text : "\(text) (\(id))"
    }

    /// What the wait is for: "mutex g_lock", "the end of thread 12 (w)".
    public func goal(kind: WaitKind, object: SyncObjectID?, owner: ThreadID?) -> String {
        if kind == .join, let owner { return "the end of thread " + thread(owner) }
        if let object { return self.object(object, kind: kind) }
        return "a " + noun(nil, kind: kind)
    }

    public func goal(_ link: ChainLink) -> String {
        goal(kind: link.kind, object: link.object, owner: link.owner)
    }

    /// What the links of a chain are for, each once: "mutex g_a and rwlock g_b".
    func goals(of chain: [ChainLink]) -> String {
        var goals: [String] = []
        for link in chain where !goals.contains(goal(link)) { goals.append(goal(link)) }
        return list(goals)
    }

    /// What a thread does that is not stuck, as a clause: "runs", "is in clock_nanosleep (10 s)".
    func doing(_ thread: Thread) -> String {
        if thread.isSeenRunning { return "runs" }
        if let wait = thread.wait { return "is in \(wait.summary)" }
        return thread.state == .diskSleep ? "is in the kernel (uninterruptible)" : "goes on by itself"
    }

    /// "transfer (bank.c:42)", nil when no frame of the program has a name.
    public func place(_ id: ThreadID) -> FramePlace? {
        index.thread(id).flatMap { index.focus.place(of: $0) }
    }

    /// " in transfer (bank.c:42)", or nothing.
    public func inPlace(_ id: ThreadID) -> String { place(id).map { " in \($0.words)" } ?? "" }

    public func startRoutine(_ id: ThreadID) -> String? {
        index.thread(id).flatMap { index.focus.startRoutine(of: $0) }
    }

    /// "850 ns", "57 us", "100 ms", "10.5 s".
    public static func duration(_ nanoseconds: UInt64) -> String {
        switch nanoseconds {
        case ..<1_000: return "\(nanoseconds) ns"
        case ..<1_000_000: return "\(nanoseconds / 1_000) us"
        case ..<1_000_000_000: return "\(nanoseconds / 1_000_000) ms"
        default:
            let tenths = nanoseconds / 100_000_000
            return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
        }
    }

    /// A timeout as it was meant: the time until a deadline is a little shorter by the time it is asked for.
    public static func timeout(_ nanoseconds: UInt64) -> String {
        if nanoseconds < 10_000_000 || nanoseconds > .max - 1_000_000 { return duration(nanoseconds) }
        return duration((nanoseconds + 999_999) / 1_000_000 * 1_000_000)
    }

    private func noun(_ type: String?, kind: WaitKind) -> String {
        switch type {
        case "pthread_mutex_t": return "mutex"
        case "pthread_rwlock_t": return "rwlock"
        case "pthread_cond_t": return "condition"
        case "pthread_barrier_t": return "barrier"
        case "sem_t": return "semaphore"
        case "futex": return "futex"
        case .some(let type) where !type.isEmpty: return type
        default: return kind.noun
        }
    }
}

extension WaitKind {
    /// As a noun of a sentence: "mutex", "condition", "epoll set".
    public var noun: String {
        switch self {
        case .conditionDestroy: "condition's destruction"
        case .rwlockRead, .rwlockWrite: "rwlock"
        case .join: "thread's end"
        case .atomicWait: "atomic's change"
        case .dispatchSync: "Dispatch queue"
        case .dispatchGroup: "Dispatch group"
        case .park: "unpark"
        case .stdioLock: "stdio lock"
        case .fileLock: "file lock"
        case .semaphoreSet: "System V semaphore"
        case .messageQueue: "message queue"
        case .pageFault: "page fault"
        case .disk: "disk or other uninterruptible wait"
        case .otherSystemCall: "system call"
        default: rawValue
        }
    }
}

extension FactSource {
    /// As a noun of a sentence.
    public var words: String {
        switch self {
        case .registers: "its registers"
        case .procfs: "/proc"
        case .ptrace: "ptrace"
        case .runtimeFields: "the library's own fields"
        case .unwind: "its stack"
        case .symbol: "the symbol on its stack"
        case .coreNote: "the core's notes"
        case .text: "the text"
        case .registry: "the registry"
        case .staticMap: "the signal map"
        }
    }
}
