import ProcessModel

extension SyncDecoder {
    /// Waits of libstdc++ that go to the futex directly. None of them records an owner.
    mutating func cxxWait(_ futex: FutexCall, _ primitive: Primitive) -> Wait? {
        guard !futex.isPriorityInheriting else { return nil }
        if primitive == .cxxBarrier || primitive == .atomicProxyWait {
            // bits/atomic_wait.h, __waiter_pool_base: the word is one of 16 that all objects of the program share.
            return Wait(
                kind: primitive.kind, summary: futex.description + ", in a waiter pool of libstdc++",
                sources: [.symbol, systemCallSource])
        }
        let word = memory.load(futex.address, as: UInt32.self)
        var fields: [SyncObject.Field] = []
        let type: String
        var layout = SyncObject.LayoutProof.unknown
        switch primitive {
        case .future:
            // include/bits/atomic_futex.h: bit 31 is the waiters' mark, the rest _Status of std::future.
            type = "std::future state"
            guard let word, word & 0x8000_0000 != 0, word & 0x7fff_ffff <= 1, futex.value == word || word & 1 == 1
            else {
                return nil
            }
            fields.append(.init(name: "status", value: word & 1 == 0 ? "not ready" : "ready"))
            layout = .probed
        case .latch: type = "std::latch"
        case .cxxSemaphore: type = "std::counting_semaphore"
        case .guardVariable:
            // libsupc++/guard.cc: byte 0 is "initialized", byte 1 "in progress", byte 2 "somebody waits".
            type = "guard variable"
            guard let word, futex.value == 0x10100, word & 0xff == 0 else { return nil }
            layout = word == futex.value ? .probed : .table
            fields.append(.init(name: "state", value: "in progress"))
        default: type = "std::atomic"
        }
        if layout == .unknown, let word {
            // A wait for the word itself to change; the proxy of a larger atomic is a counter, and so is this word then.
            fields.append(.init(name: "word", value: String(Int32(bitPattern: word))))
            fields.append(.init(name: "waits while", value: String(Int32(bitPattern: futex.value))))
            layout = .table
        }
        let object = keep(SyncObject(id: SyncObjectID(futex.address), type: type, fields: fields, layout: layout))
        return Wait(
            kind: primitive.kind, object: object, summary: futex.description, sources: [.symbol, systemCallSource])
    }

    /// Swift's Mutex and swift_once are PI futexes on Linux (stdlib/public/Synchronization/Mutex/LinuxImpl.swift).
    mutating func swiftWait(_ futex: FutexCall, _ primitive: Primitive) -> Wait? {
        guard futex.isPriorityInheriting else { return nil }
        guard primitive == .swiftOnce else {
            return priorityInheritingWait(futex, kind: .mutex, type: "Swift Mutex")
        }
        // include/swift/Threading/Impl/Linux.h, once_t: a flag of 4 bytes, then the lock. 6.3 measured.
        return priorityInheritingWait(futex, kind: .once, type: "swift_once_t", lockOffset: 4)
    }

    /// DispatchQueue.sync: the waiter sleeps in a context on its own stack, which names the queue; the queue's state
    /// holds the draining thread's id. The context's copy of the waiter's own id proves the layout.
    mutating func dispatchSyncWait(_ futex: FutexCall, thread: Thread) -> Wait? {
        guard futex.operation == .wait, futex.value == .max,
            memory.load(futex.address + DispatchLayout.waiterAboveEvent, as: UInt32.self)
                == UInt32(bitPattern: thread.id.rawValue),
            let queue = memory.loadAddress(futex.address - UInt64(DispatchLayout.queueBelowEvent)), queue.rawValue != 0,
            queue.rawValue & 7 == 0, let state = memory.load(queue + DispatchLayout.queueState, as: UInt64.self)
        else { return nil }
        let drainer = UInt32(truncatingIfNeeded: state) & GlibcLayout.FutexWord.tidMask
        guard drainer == 0 || isThread(drainer) else { return nil }
        let owner = owner(drainer)
        let object = keep(
            SyncObject(
                id: SyncObjectID(queue), type: "Dispatch queue", owners: owner.map { [$0] } ?? [],
                fields: [.init(name: "dq_state", value: hexadecimal(state))],
                layout: drainer == 0 ? .table : .probed))
        return Wait(
            kind: .dispatchSync, object: object, owner: owner, summary: futex.description,
            sources: [.runtimeFields, .symbol, systemCallSource])
    }

    /// Other waits of libdispatch. Its locks and once gates keep the owner's id in the word (src/shims/lock.h,
    /// DLOCK_OWNER_MASK); a group has no owner.
    mutating func dispatchWait(_ futex: FutexCall, _ primitive: Primitive) -> Wait? {
        switch primitive {
        case .dispatchGroup:
            let object = keep(SyncObject(id: SyncObjectID(futex.address), type: "Dispatch group", layout: .unknown))
            return Wait(
                kind: .dispatchGroup, object: object, summary: futex.description, sources: [.symbol, systemCallSource])
        default:
            let type = primitive == .dispatchOnce ? "dispatch_once_t" : "Dispatch lock"
            if futex.isPriorityInheriting { return priorityInheritingWait(futex, kind: primitive.kind, type: type) }
            guard let word = memory.load(futex.address, as: UInt32.self),
                isThread(word & GlibcLayout.FutexWord.tidMask)
            else { return nil }
            let owner = owner(word & GlibcLayout.FutexWord.tidMask)
            let object = keep(
                SyncObject(
                    id: SyncObjectID(futex.address), type: type, owners: owner.map { [$0] } ?? [],
                    fields: [.init(name: "word", value: hexadecimal(word))], layout: .probed))
            return Wait(
                kind: primitive.kind, object: object, owner: owner, summary: futex.description,
                sources: [.runtimeFields, .symbol, systemCallSource])
        }
    }

    /// Rust's standard locks: library/std/src/sys/sync/{mutex,rwlock,condvar,once}/futex.rs and
    /// thread_parking/futex.rs. No owner is recorded anywhere. The word's few values prove the layout.
    mutating func rustWait(_ futex: FutexCall, _ primitive: Primitive) -> Wait? {
        guard futex.operation == .waitBitset || futex.operation == .wait else { return nil }
        var object: SyncObject?
        switch primitive {
        case .rustMutex:
            guard futex.value == 2, let word = memory.load(futex.address, as: UInt32.self), word <= 2 else {
                return nil
            }
            object = rustObject(
                futex.address, "Rust Mutex", [("state", ["unlocked", "locked", "contended"][Int(word)])])
        case .rustRwLockRead: object = rustReadWriteLock(futex.address)
        case .rustRwLockWrite: object = rustReadWriteLock(futex.address - 4)
        case .rustCondvar:
            guard let word = memory.load(futex.address, as: UInt32.self) else { return nil }
            object = rustObject(
                futex.address, "Rust Condvar", [("notifications", String(word))], layout: .table)
        case .rustOnce: object = rustObject(futex.address, "Rust Once", [("state", "running")])
        case .rustPark:
            // EMPTY 0, NOTIFIED 1, PARKED -1.
            guard futex.value == .max else { return nil }
            object = rustObject(futex.address, "Rust thread parker", [("state", "parked")])
        case .rustBarrier:
            // A Barrier holds a Mutex (value 2 when contended) and a Condvar, in an order that the compiler chooses.
            let type = futex.value == 2 ? "futex" : "Rust Condvar"
            object = rustObject(futex.address, type, [], layout: futex.value == 2 ? .unknown : .table)
        default: return nil
        }
        guard let object else { return nil }
        return Wait(
            kind: primitive.kind, object: keep(object), summary: futex.description,
            sources: [.symbol, .runtimeFields, systemCallSource])
    }

    private func rustObject(
        _ address: Address, _ type: String, _ fields: [(String, String)], layout: SyncObject.LayoutProof = .probed
    ) -> SyncObject {
        SyncObject(
            id: SyncObjectID(address), type: type, fields: fields.map { .init(name: $0.0, value: $0.1) },
            layout: layout)
    }

    /// The low 30 bits count readers, all ones meaning write-locked; the upper two say that readers or writers wait.
    private func rustReadWriteLock(_ address: Address) -> SyncObject? {
        guard let word = memory.load(address, as: UInt32.self), word & 0xc000_0000 != 0 else { return nil }
        let mask: UInt32 = 0x3fff_ffff
        let readers = word & mask
        var object = rustObject(
            address, "Rust RwLock",
            [
                ("state", readers == mask ? "write locked" : readers == 0 ? "unlocked" : "read locked"),
                ("waiting", (word & 0x4000_0000 != 0 ? "readers " : "") + (word & 0x8000_0000 != 0 ? "writers" : "")),
            ])
        object.anonymousHolders = readers == mask ? 0 : Int(readers)
        return object
    }
}
