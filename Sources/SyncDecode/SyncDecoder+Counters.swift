import ProcessModel

/// The words of a pthread_rwlock_t.
struct ReadWriteLockWords {
    typealias Layout = GlibcLayout.ReadWriteLock
    private let words: Words
    var readersWord: UInt32 { words[Layout.readers] }
    var writersWord: UInt32 { words[Layout.writers] }
    var writer: UInt32 { words[Layout.writer] }
    var flags: UInt32 { words[Layout.flags] }
    var isProcessShared: Bool { words[Layout.shared] != 0 }
    var isWritePhase: Bool { readersWord & Layout.writePhase != 0 }
    var isWriteLocked: Bool { readersWord & Layout.writeLocked != 0 }
    /// Readers that announced themselves: holders in a read phase, waiters in a write phase.
    var announcedReaders: UInt32 { readersWord >> Layout.readerShift }

    init?(_ memory: any MemorySource, _ address: Address) {
        guard address.rawValue & 7 == 0, let bytes = memory.bytes(address, count: Layout.size) else { return nil }
        words = Words(bytes)
    }

    /// The padding is zero and the small words hold what glibc writes.
    var isPossible: Bool {
        flags <= 2 && words[Layout.shared] <= 1 && words[16] == 0 && words[20] == 0 && words[36] == 0
            && words.wide(40) == 0 && words[Layout.writePhaseFutex] <= 3 && words[Layout.writersFutex] <= 3
    }

    var flavor: String? {
        var parts: [String] = []
        switch flags {
        case 1: parts.append("prefer-writer, readers recursive")
        case 2: parts.append("prefer-writer")
        default: break
        }
        if isProcessShared { parts.append(SyncFlavor.processShared.rawValue) }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    var fields: [SyncObject.Field] {
        [
            .init(name: "phase", value: isWritePhase ? "write" : "read"),
            .init(name: "write locked", value: isWriteLocked ? "yes" : "no"),
            .init(name: isWritePhase ? "readers waiting" : "readers", value: String(announcedReaders)),
            .init(name: "writers", value: String(writersWord & 0x7fff_ffff)),
            .init(name: "__cur_writer", value: String(writer)),
        ]
    }
}

extension SyncDecoder {
    /// A wait for a rwlock: readers sleep on the phase word or, when writers are preferred, on the readers word; writers
    /// on the phase word or the writers word (nptl/pthread_rwlock_common.c).
    mutating func readWriteLockWait(_ futex: FutexCall, writing: Bool) -> Wait? {
        typealias Layout = GlibcLayout.ReadWriteLock
        guard libc.mayBeGlibc, futex.operation == .waitBitset || futex.operation == .wait else { return nil }
        let offsets =
            writing ? [Layout.writersFutex, Layout.writePhaseFutex] : [Layout.writePhaseFutex, Layout.readers]
        var fitting: [(address: Address, words: ReadWriteLockWords)] = []
        for offset in offsets {
            let address = futex.address - offset
            guard let words = ReadWriteLockWords(memory, address), words.isPossible,
                futex.isPrivate != words.isProcessShared, agrees(futex, words, offset: offset, writing: writing)
            else { continue }
            fitting.append((address, words))
        }
        // Two places that both fit decide nothing.
        guard fitting.count == 1, let (address, words) = fitting.first else { return nil }
        let hasWriter = words.isWritePhase && words.writer != 0
        let probed = hasWriter ? isThread(words.writer) : words.isWriteLocked || words.announcedReaders > 0
        guard let layout = proof(probed: probed) else { return nil }
        let owner = hasWriter ? owner(words.writer) : nil
        let object = keep(
            SyncObject(
                id: SyncObjectID(address), type: "pthread_rwlock_t", flavor: words.flavor,
                owners: owner.map { [$0] } ?? [],
                anonymousHolders: words.isWritePhase ? 0 : Int(words.announcedReaders), fields: words.fields,
                layout: layout))
        return Wait(
            kind: writing ? .rwlockWrite : .rwlockRead, object: object, owner: owner, summary: futex.description,
            sources: [.runtimeFields, .symbol, systemCallSource])
    }

    /// What holds while a waiter sleeps: a writer waits for another that has the write lock, or has it itself and waits
    /// for the readers to leave; a reader at the phase word has announced itself; a reader held back for writers has set
    /// the waiting mark.
    private func agrees(_ futex: FutexCall, _ words: ReadWriteLockWords, offset: UInt64, writing: Bool) -> Bool {
        typealias Layout = GlibcLayout.ReadWriteLock
        if offset == Layout.readers { return futex.value & Layout.readersWaiting != 0 }
        guard futex.value & Layout.futexUsed != 0, futex.value <= 3 else { return false }
        return writing ? words.isWriteLocked : words.announcedReaders > 0
    }

    /// A wait for a POSIX semaphore.
    mutating func semaphoreWait(_ futex: FutexCall) -> Wait? {
        typealias Layout = GlibcLayout.Semaphore
        guard libc.mayBeGlibc, futex.operation == .waitBitset || futex.operation == .wait, futex.value == 0,
            futex.address.rawValue & 7 == 0, let bytes = memory.bytes(futex.address, count: Layout.size)
        else { return nil }
        let words = Words(bytes)
        let scope = words[Layout.scope]
        let waiters = words[Layout.waiters]
        guard scope == 0 || scope == 128, futex.isPrivate == (scope == 0), (1...4_194_304).contains(waiters) else {
            return nil
        }
        let object = keep(
            SyncObject(
                id: SyncObjectID(futex.address), type: "sem_t",
                flavor: scope == 0 ? nil : SyncFlavor.processShared.rawValue, waiters: Int(waiters),
                fields: [
                    .init(name: "value", value: String(words[Layout.value])),
                    .init(name: "nwaiters", value: String(waiters)),
                ],
                layout: .probed))
        return Wait(
            kind: .semaphore, object: object, summary: futex.description,
            sources: [.runtimeFields, .symbol, systemCallSource])
    }

    /// A wait at a POSIX barrier. `in` counts on over the rounds, and `current_round` is where this round began.
    mutating func barrierWait(_ futex: FutexCall) -> Wait? {
        typealias Layout = GlibcLayout.Barrier
        let address = futex.address - Layout.currentRound
        guard libc.mayBeGlibc, futex.operation == .waitBitset || futex.operation == .wait,
            address.rawValue & 3 == 0, let bytes = memory.bytes(address, count: Layout.size)
        else { return nil }
        let words = Words(bytes)
        let count = words[Layout.count]
        let shared = words[Layout.shared]
        let arrived = words[Layout.arrived] &- words[Layout.currentRound]
        guard count > 0, count < 0x7fff_ffff, shared == 0 || shared == 128, futex.isPrivate == (shared == 0),
            words[Layout.currentRound] == futex.value, (1...count).contains(arrived)
        else { return nil }
        let object = keep(
            SyncObject(
                id: SyncObjectID(address), type: "pthread_barrier_t",
                flavor: shared == 0 ? nil : SyncFlavor.processShared.rawValue, waiters: Int(arrived),
                fields: [
                    .init(name: "arrived", value: String(arrived)), .init(name: "needed", value: String(count)),
                ],
                layout: .probed))
        return Wait(
            kind: .barrier, object: object, summary: futex.description,
            sources: [.runtimeFields, .symbol, systemCallSource])
    }
}
