import ProcessModel

/// The words of a pthread_mutex_t.
struct MutexWords {
    typealias Layout = GlibcLayout.Mutex
    typealias Word = GlibcLayout.FutexWord

    var lock: UInt32
    var count: UInt32
    var owner: UInt32
    var users: UInt32
    var kind: UInt32

    init?(_ memory: any MemorySource, _ address: Address) {
        guard address.rawValue & 7 == 0, let bytes = memory.bytes(address, count: 24) else { return nil }
        let words = Words(bytes)
        lock = words[Layout.lock]
        count = words[Layout.count]
        owner = words[Layout.owner]
        users = words[Layout.users]
        kind = words[Layout.kind]
    }

    var isRobust: Bool { kind & Layout.robust != 0 }
    var isPriorityInheriting: Bool { kind & Layout.priorityInherit != 0 }
    var isPriorityProtecting: Bool { kind & Layout.priorityProtect != 0 }
    var isProcessShared: Bool { kind & Layout.processShared != 0 }
    var ownerDied: Bool { (isRobust || isPriorityInheriting) && lock & Word.ownerDied != 0 }

    /// The kernel's id of the owner: in the lock word of robust and PI mutexes, else in __owner; 0 for none.
    var ownerID: UInt32 {
        if isRobust || isPriorityInheriting { return lock & Word.tidMask }
        return owner
    }

    /// Only bits that glibc sets, and no two protocols at once. A robust mutex always has the shared bit, too
    /// (nptl/pthread_mutex_init.c).
    var isKindPossible: Bool {
        (!isRobust || isProcessShared) && kind & ~Layout.knownKindBits == 0
            && !(isPriorityInheriting && isPriorityProtecting)
            && kind & (Layout.elision | Layout.noElision) != Layout.elision | Layout.noElision
    }

    /// The lock word can be of this kind.
    var isWordPossible: Bool {
        if isRobust || isPriorityInheriting { return true }
        let state = isPriorityProtecting ? lock & ((1 << Layout.ceilingShift) - 1) : lock
        return state <= 2
    }

    /// Held, and all fields say so. A recursive mutex counts; others keep 0 or 1.
    var isHeldConsistently: Bool {
        guard ownerID != 0, users >= 1 else { return false }
        if isRobust || isPriorityInheriting { return owner == ownerID }
        return (lock & 3) != 0
    }

    /// A wait with these arguments is one that glibc makes for a mutex of this kind: pthread_mutex_lock.c,
    /// pthread_mutex_timedlock.c (2.31 to 2.41).
    func agrees(with futex: FutexCall) -> Bool {
        guard isKindPossible, isWordPossible else { return false }
        if isPriorityInheriting { return futex.isPriorityInheriting }
        guard futex.operation == .wait || futex.operation == .waitBitset else { return false }
        if isRobust {
            return !futex.isPrivate && futex.value & Word.waiters != 0
        }
        guard futex.isPrivate != isProcessShared else { return false }
        if isPriorityProtecting { return futex.value & ((1 << Layout.ceilingShift) - 1) == 2 }
        return futex.value == 2
    }

    /// `ownerIsHere`: the owner is a thread of this process. The shared bit of a robust mutex says nothing; but when its
    /// owner is not here and was not marked dead, another process has it.
    func flavor(ownerIsHere: Bool) -> String? {
        var words: [String] = []
        switch kind & Layout.typeMask {
        case 1: words.append(SyncFlavor.recursive.rawValue)
        case 2: words.append(SyncFlavor.errorcheck.rawValue)
        case 3: words.append("adaptive")
        default: break
        }
        if isRobust { words.append(SyncFlavor.robust.rawValue) }
        if ownerDied { words.append(SyncFlavor.ownerDied.rawValue) }
        if isPriorityInheriting { words.append(SyncFlavor.priorityInherit.rawValue) }
        if isPriorityProtecting { words.append("priority-protect") }
        if isProcessShared, !isRobust || (ownerID != 0 && !ownerIsHere && !ownerDied) {
            words.append(SyncFlavor.processShared.rawValue)
        }
        return words.isEmpty ? nil : words.joined(separator: ", ")
    }

    var fields: [SyncObject.Field] {
        var fields: [SyncObject.Field] = [
            .init(name: "__lock", value: lock < 3 ? String(lock) : hexadecimal(lock)),
            .init(name: "__count", value: String(count)),
        ]
        switch owner {
        case Layout.inconsistent: fields.append(.init(name: "__owner", value: "inconsistent"))
        case Layout.notRecoverable: fields.append(.init(name: "__owner", value: "not recoverable"))
        default: fields.append(.init(name: "__owner", value: String(owner)))
        }
        fields.append(.init(name: "__nusers", value: String(users)))
        fields.append(.init(name: "__kind", value: hexadecimal(kind)))
        if isPriorityProtecting {
            fields.append(.init(name: "ceiling", value: String(lock >> Layout.ceilingShift)))
        }
        return fields
    }
}

extension SyncDecoder {
    /// A wait for a pthread mutex whose word is the futex. Nil when the bytes do not bear the name out.
    mutating func mutexWait(_ futex: FutexCall) -> Wait? {
        guard let words = MutexWords(memory, futex.address), words.agrees(with: futex),
            let object = mutexObject(futex.address, words)
        else { return nil }
        return Wait(
            kind: .mutex, object: object, owner: owner(words.ownerID), summary: futex.description,
            sources: [.runtimeFields, .symbol, systemCallSource])
    }

    /// A condition wait that takes its mutex again, where a stripped libc names only pthread_cond_wait. Its own frame
    /// is not seen, so the owner must prove the mutex.
    mutating func relockWait(_ futex: FutexCall) -> Wait? {
        guard let words = MutexWords(memory, futex.address), isThread(words.ownerID), words.isHeldConsistently
        else { return nil }
        return mutexWait(futex)
    }

    /// The mutex at an address, which need not be held. Nil when its bytes cannot be a mutex of a known libc.
    mutating func mutexObject(_ address: Address, _ words: MutexWords? = nil) -> SyncObjectID? {
        guard libc.mayBeGlibc, let words = words ?? MutexWords(memory, address), words.isKindPossible,
            words.isWordPossible
        else { return nil }
        let probed = words.isHeldConsistently && isThread(words.ownerID)
        guard let layout = proof(probed: probed) else { return nil }
        if let id = kept(address, layout) { return id }
        return keep(
            SyncObject(
                id: SyncObjectID(address), type: "pthread_mutex_t",
                flavor: words.flavor(ownerIsHere: isThread(words.ownerID)),
                owners: owner(words.ownerID).map { [$0] } ?? [], fields: words.fields, layout: layout))
    }
}

/// Little-endian words of a small copy; out of range reads as zero, which callers rule out by the copy's size.
struct Words {
    private let bytes: [UInt8]
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    subscript(offset: UInt64) -> UInt32 {
        guard offset <= UInt64(bytes.count), UInt64(bytes.count) - offset >= 4 else { return 0 }
        return bytes.withUnsafeBytes {
            UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: Int(offset), as: UInt32.self))
        }
    }

    func wide(_ offset: UInt64) -> UInt64 { UInt64(self[offset]) | UInt64(self[offset &+ 4]) << 32 }
}
