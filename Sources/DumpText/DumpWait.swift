import ProcessModel
import SyncDecode

/// What a thread waits for, by the names of its frames and by what they were passed.
struct DumpWait {
    private(set) var wait: Wait?
    private(set) var object: SyncObject?

    /// `frames` innermost first.
    init(_ frames: [ParsedFrame]) {
        guard let found = WaitByName.find(frames.map { $0.function ?? "" }) else { return }
        var wait = Wait(
            kind: found.kind, isTimed: found.isTimed, summary: found.function, sources: [.text])
        let named = Self.object(found, frames)
        if found.kind.isOfObject, let (address, symbol, _) = named {
            let id = SyncObjectID(Address(address))
            wait.object = id
            object = SyncObject(id: id, type: Self.type(found.kind), symbol: symbol, layout: .unknown)
        }
        if found.kind == .condition, let mutex = Self.argument(frames[found.frame], Self.terms(.mutex)) {
            wait.mutex = SyncObjectID(Address(mutex.address))
        }
        if found.kind == .join { wait.owner = Self.joined(frames.prefix(found.frame + 1)) }
        self.wait = wait
    }

    /// pthread_join(3) sleeps until the kernel clears the joined thread's id, which it therefore expects to find
    /// (glibc 2.31 to 2.41, nptl/pthread_join_common.c).
    private static func joined(_ frames: ArraySlice<ParsedFrame>) -> ThreadID? {
        for frame in frames {
            guard let value = frame.arguments.first(where: { $0.name == "expected" || $0.name == "tid" })?.value,
                let id = Int32(value), id > 1
            else { continue }
            return ThreadID(id)
        }
        return nil
    }

    /// How far out of the wait its object is looked for: wrappers of wrappers.
    private static let reach = 4

    /// By a parameter of the wait itself, else by one of its callers' that is called what such objects are called.
    private static func object(
        _ found: WaitByName.Found, _ frames: [ParsedFrame]
    ) -> (address: UInt64, symbol: String?, frame: Int)? {
        let terms = terms(found.kind)
        for index in frames.indices where index <= found.frame + reach {
            if let found = argument(frames[index], terms) { return (found.address, found.symbol, index) }
        }
        return nil
    }

    /// What parameters for such objects are called in POSIX, in libc's sources, and by most who wrap them.
    private static func terms(_ kind: WaitKind) -> [String] {
        switch kind {
        case .condition: ["cond", "cv", "condvar", "condition", "cnd"]
        case .mutex: ["mutex", "mtx", "lock", "futex", "m", "mp"]
        case .rwlockRead, .rwlockWrite: ["rwlock", "rwl", "lock", "latch"]
        case .semaphore: ["sem", "semaphore"]
        case .barrier: ["barrier"]
        case .once: ["once", "once_control", "flag"]
        default: ["futex", "addr", "uaddr", "futex_word", "lock", "mutex"]
        }
    }

    private static func argument(
        _ frame: ParsedFrame, _ terms: [String]
    ) -> (address: UInt64, symbol: String?)? {
        for term in terms {
            for parameter in frame.arguments {
                let name = parameter.name.lowercased()
                guard name == term || term.count > 2 && name.split(separator: "_").contains(where: { $0 == term }),
                    let value = parameter.value, let pointer = pointer(value)
                else { continue }
                return pointer
            }
        }
        return nil
    }

    /// `0x7a10c6b0d148 <_qx_global+520>`, `(pthread_cond_t *) 0x15ec080`; nil for numbers and for null.
    static func pointer(_ value: String) -> (address: UInt64, symbol: String?)? {
        let bytes = ArraySlice(Array(value.utf8))
        var cursor = Cursor(bytes)
        if cursor.next == 0x28 {
            guard cursor.take(until: 0x29) != nil else { return nil }
            cursor.skipBlanks()
        }
        guard let address = cursor.takeAddress(), address >= 4096 else { return nil }
        cursor.skipBlanks()
        guard cursor.take(0x3c), let symbol = cursor.take(until: 0x3e) else { return (address, nil) }
        return (address, symbol.string)
    }

    private static func type(_ kind: WaitKind) -> String {
        switch kind {
        case .condition: "condition"
        case .mutex: "mutex"
        case .rwlockRead, .rwlockWrite: "rwlock"
        default: kind.rawValue
        }
    }
}

extension WaitKind {
    /// Of these the object is a word in the process's memory.
    fileprivate var isOfObject: Bool {
        switch self {
        case .mutex, .condition, .conditionDestroy, .rwlockRead, .rwlockWrite, .semaphore, .barrier, .once, .future,
            .latch,
            .atomicWait, .dispatchSync, .dispatchGroup, .park, .stdioLock, .futex:
            true
        default: false
        }
    }
}
