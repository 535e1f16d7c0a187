import ProcessModel

extension SyncDecoder {
    /// A wait in futex(2), given the operation that the names say.
    mutating func decode(_ futex: FutexCall, _ found: FoundPrimitive?, _ thread: Thread) -> Wait {
        let wait = found.flatMap { namedWait(futex, $0.primitive, thread) }
        var result = wait ?? nameOnlyWait(futex, found)
        result.isTimed = futex.timeout != nil
        result.timeoutNanoseconds = timeLeft(futex, thread: thread)
        return result
    }

    /// The wait that a name says, when the object's bytes bear it out.
    private mutating func namedWait(_ futex: FutexCall, _ primitive: Primitive, _ thread: Thread) -> Wait? {
        switch primitive {
        case .mutexLock, .mutexRelock: mutexWait(futex)
        case .conditionWait: conditionWait(futex, thread: thread) ?? relockWait(futex)
        case .conditionDestroy: conditionDestroyWait(futex)
        case .rwlockRead: readWriteLockWait(futex, writing: false)
        case .rwlockWrite: readWriteLockWait(futex, writing: true)
        case .semaphoreWait: semaphoreWait(futex)
        case .barrierWait: barrierWait(futex)
        case .once: onceWait(futex)
        case .join: joinWait(futex)
        case .stdioLock, .libcLock: streamWait(futex)
        case .future, .latch, .cxxSemaphore, .cxxBarrier, .atomicWait, .atomicProxyWait,
            .guardVariable:
            cxxWait(futex, primitive)
        case .swiftMutex, .swiftOnce: swiftWait(futex, primitive)
        case .dispatchSync: dispatchSyncWait(futex, thread: thread)
        case .dispatchGroup, .dispatchLock, .dispatchOnce: dispatchWait(futex, primitive)
        case .rustMutex, .rustRwLockRead, .rustRwLockWrite, .rustCondvar, .rustOnce, .rustPark, .rustBarrier:
            rustWait(futex, primitive)
        case .conditionSignal, .barrierDestroy: nil
        }
    }

    /// The exported name is known but the fields are not believed, or no name is known. The lock of a PI futex names its
    /// owner by the kernel's own rule (futex(2)), and a join proves itself; nothing else is decided without a name.
    private mutating func nameOnlyWait(_ futex: FutexCall, _ found: FoundPrimitive?) -> Wait {
        if futex.isPriorityInheriting {
            return priorityInheritingWait(futex, kind: found?.primitive.kind ?? .mutex, type: "PI futex")
        }
        if found == nil || found?.primitive == .libcLock, let join = joinWait(futex, needsProbe: true) { return join }
        if let found {
            // A name of libc does not say which libc: the kind stands, the place of the object does not.
            let object = unknownObject(futex, reason: unknownReason(found.primitive))
            return Wait(
                kind: found.primitive.kind, object: object, summary: futex.description,
                sources: [.symbol, systemCallSource])
        }
        let object = unknownObject(futex, reason: "no function on the stack says what kind of object it is")
        let candidates = candidates(futex)
        let text = candidates.isEmpty ? "" : "; could be: " + candidates.joined(separator: ", ")
        return Wait(kind: .futex, object: object, summary: futex.description + text, sources: [systemCallSource])
    }

    private func unknownReason(_ primitive: Primitive) -> String {
        guard primitive.isLibc else { return "the bytes do not look as this library writes them" }
        switch libc {
        case .musl: return "the C library is musl, whose objects are not in the table"
        case .unknown: return "the C library is not known and its bytes do not look like glibc's"
        case .glibc(let minor?) where !libc.isInTable: return "glibc 2.\(minor) is not in the table"
        case .glibc: return "the bytes do not look as glibc writes them"
        }
    }

    mutating func unknownObject(_ futex: FutexCall, reason: String) -> SyncObjectID {
        let id = keep(SyncObject(id: SyncObjectID(futex.address), type: "futex", layout: .unknown))
        if known(futex.address)?.layout == .unknown { noteGap(id, reason: reason) }
        return id
    }

    /// What the operation and value would allow, for people to look at. Never used for a decision.
    private func candidates(_ futex: FutexCall) -> [String] {
        var list: [String] = []
        switch (futex.operation, futex.value) {
        case (.wait, 2), (.waitBitset, 2):
            if libc.mayBeGlibc, let mutex = MutexWords(memory, futex.address), mutex.agrees(with: futex) {
                list.append("pthread mutex" + (isThread(mutex.ownerID) ? " owned by \(mutex.ownerID)" : ""))
            }
            list += ["Rust Mutex", "a lock of libc's own"]
        case (.waitBitset, 0): list += ["condition", "semaphore"]
        case (.wait, 0x8000_0000) where !futex.isPrivate: list += ["std::future"]
        case (.wait, 1): list += ["pthread_once"]
        default: break
        }
        return list
    }

    /// A lock whose word holds the owner's thread id by the kernel's rule.
    mutating func priorityInheritingWait(
        _ futex: FutexCall, kind: WaitKind, type: String, lockOffset: UInt64 = 0
    ) -> Wait {
        guard let word = memory.load(futex.address, as: UInt32.self) else {
            let object = unknownObject(futex, reason: "its word could not be read")
            return Wait(kind: kind, object: object, summary: futex.description, sources: [systemCallSource])
        }
        let owner = owner(word & GlibcLayout.FutexWord.tidMask)
        var flavor = [SyncFlavor.priorityInherit.rawValue]
        if word & GlibcLayout.FutexWord.ownerDied != 0 { flavor.append(SyncFlavor.ownerDied.rawValue) }
        let object = keep(
            SyncObject(
                id: SyncObjectID(futex.address - lockOffset), type: type, flavor: flavor.joined(separator: ", "),
                owners: owner.map { [$0] } ?? [],
                fields: [.init(name: "word", value: hexadecimal(word))], layout: .probed))
        return Wait(
            kind: kind, object: object, owner: owner, summary: futex.description,
            sources: [.runtimeFields, systemCallSource])
    }

    /// Where the arguments of the system call came from.
    var systemCallSource: FactSource { process.source == .core ? .coreNote : .procfs }
}

func hexadecimal(_ value: some BinaryInteger) -> String { "0x" + String(value, radix: 16) }
