import ProcessModel

/// The words of a pthread_cond_t, read by one of its layouts.
struct ConditionWords {
    var layout: GlibcLayout.Condition
    var sequence: UInt64
    var group1Start: UInt64
    var groupSize: [UInt32]
    var group1OriginalSize: UInt32
    var waiterReferences: UInt32

    init?(_ memory: any MemorySource, _ address: Address, _ layout: GlibcLayout.Condition) {
        guard let bytes = memory.bytes(address, count: GlibcLayout.Condition.size) else { return nil }
        let words = Words(bytes)
        self.layout = layout
        sequence = words.wide(layout.sequence)
        group1Start = words.wide(layout.group1Start)
        groupSize = [words[layout.groupSize], words[layout.groupSize + 4]]
        group1OriginalSize = words[layout.group1OriginalSize]
        waiterReferences = words[layout.waiterReferences]
    }

    /// All waits that ever began.
    var waits: UInt64 { sequence >> 1 }
    var waiters: UInt32 { waiterReferences >> 3 }
    var isProcessShared: Bool { waiterReferences & 1 != 0 }
    var usesMonotonicClock: Bool { waiterReferences & 2 != 0 }
    /// The group that new waiters enter.
    var group2: Int { Int(sequence & 1) }
    /// The low two bits are the lock of the condition itself.
    var signalledGroupSize: UInt32 { group1OriginalSize >> 2 }

    /// Waiters of the current group that left by timeout or cancellation: the size of a group that was not signalled
    /// yet counts down from 0.
    var timeouts: UInt32 {
        let size = Int32(bitPattern: groupSize[group2])
        return size < 0 ? size.magnitude : 0
    }

    /// A signal that meets a waiter makes a group of those waiting and notes where it starts and how large it is.
    var wasEverSignalled: Bool { group1Start != 0 || signalledGroupSize != 0 }

    /// What holds of every condition with a waiter.
    func isPossible(private isPrivate: Bool) -> Bool {
        let start = layout.firstMinor >= 41 ? group1Start : group1Start >> 1
        return (1...4_194_304).contains(waiters) && waits >= UInt64(waiters) && start <= waits
            && UInt64(signalledGroupSize) <= waits && isPrivate != isProcessShared
            && group1OriginalSize & 3 <= 2
    }

    var fields: [SyncObject.Field] {
        [
            .init(name: "waits ever", value: String(waits)),
            .init(name: "waiters", value: String(waiters)),
            .init(name: "timeouts of the group", value: String(timeouts)),
            .init(name: "__g1_start", value: hexadecimal(group1Start)),
            .init(name: "__g1_orig_size", value: String(signalledGroupSize)),
            .init(name: "clock", value: usesMonotonicClock ? "monotonic" : "realtime"),
        ]
    }
}

extension SyncDecoder {
    /// How far above the stack pointer the waiter's cleanup buffer is looked for; measured at 152 and 168 bytes with
    /// glibc 2.36.
    private static let stackWindow = 1024

    /// A wait for a signal: FUTEX_WAIT_BITSET, or FUTEX_WAIT where glibc 2.31 waits without a timeout. Nil when no layout of the table fits the bytes.
    mutating func conditionWait(_ futex: FutexCall, thread: Thread) -> Wait? {
        guard libc.mayBeGlibc, futex.operation == .waitBitset || futex.operation == .wait else { return nil }
        let stack = thread.registers.stackPointer.map { StackWindow(memory, $0, Self.stackWindow) }
        var byTable: (address: Address, words: ConditionWords)?
        for layout in libc.conditionLayouts {
            guard let (address, words) = conditionWords(futex, layout) else { continue }
            if let mutex = stack.flatMap({ conditionMutex(address, words, futex, stack: $0) }) {
                return conditionWait(futex, address, words, mutex: mutex, layout: .probed)
            }
            if byTable == nil, libc.isInTable, layout == libc.conditionLayouts.first { byTable = (address, words) }
        }
        return byTable.map { conditionWait(futex, $0.address, $0.words, mutex: nil, layout: .table) }
    }

    private func conditionWords(
        _ futex: FutexCall, _ layout: GlibcLayout.Condition
    ) -> (Address, ConditionWords)? {
        // Conditions are 8-byte aligned, so the word's place within 8 bytes says which group's it is.
        let address = Address((futex.address.rawValue &- layout.groupSignals) & ~7)
        guard let words = ConditionWords(memory, address, layout), words.isPossible(private: futex.isPrivate) else {
            return nil
        }
        // Up to 2.40 a waiter sleeps only while its group has no signals at all.
        if layout.firstMinor < 41, futex.value != 0 { return nil }
        return (address, words)
    }

    private mutating func conditionWait(
        _ futex: FutexCall, _ address: Address, _ words: ConditionWords, mutex: Address?,
        layout: SyncObject.LayoutProof
    ) -> Wait {
        let object = kept(address, layout) ?? keep(conditionObject(address, words, layout))
        return Wait(
            kind: .condition, object: object, mutex: mutex.flatMap { mutexObject($0) },
            summary: futex.description, sources: [.runtimeFields, .symbol, systemCallSource])
    }

    private func conditionObject(
        _ address: Address, _ words: ConditionWords, _ layout: SyncObject.LayoutProof
    ) -> SyncObject {
        SyncObject(
            id: SyncObjectID(address), type: "pthread_cond_t",
            flavor: words.isProcessShared ? SyncFlavor.processShared.rawValue : nil, waiters: Int(words.waiters),
            wasEverSignalled: words.wasEverSignalled, fields: words.fields, layout: layout)
    }

    /// The mutex of a condition wait from the waiter's cleanup buffer (struct _condvar_cleanup_buffer of
    /// nptl/pthread_cond_wait.c, 2.25 to 2.41): the word behind the condition's address. The word before it is the
    /// wait's sequence number, whose lowest bit is the group that the futex belongs to.
    private func conditionMutex(
        _ condition: Address, _ words: ConditionWords, _ futex: FutexCall, stack: StackWindow
    ) -> Address? {
        let group = futex.address.distance(above: condition + words.layout.groupSignals) / 4
        for index in 1..<max(stack.count - 1, 1) where stack[index] == condition.rawValue {
            let sequence = stack[index - 1]
            let mutex = Address(stack[index + 1])
            if sequence < words.sequence, sequence & 1 == group, mutex.rawValue & 7 == 0, mutex.rawValue != 0,
                mappings.isEmpty || mappings.mapping(holding: mutex) != nil
            {
                return mutex
            }
        }
        return nil
    }

    /// pthread_cond_destroy waits for the last waiters to leave, at __wrefs with its wake-up request bit set.
    mutating func conditionDestroyWait(_ futex: FutexCall) -> Wait? {
        guard libc.mayBeGlibc, futex.operation == .wait || futex.operation == .waitBitset, futex.value & 4 != 0 else {
            return nil
        }
        for layout in libc.conditionLayouts {
            let address = futex.address - layout.waiterReferences
            guard address.rawValue & 7 == 0, let words = ConditionWords(memory, address, layout),
                words.waiterReferences & 4 != 0, words.isPossible(private: futex.isPrivate || words.isProcessShared),
                let proof = proof(probed: false)
            else { continue }
            let object = keep(conditionObject(address, words, proof))
            return Wait(
                kind: .conditionDestroy, object: object, summary: futex.description,
                sources: [.runtimeFields, .symbol, systemCallSource])
        }
        return nil
    }
}

/// The words at the top of a blocked thread's stack.
struct StackWindow {
    private var words: [UInt64] = []

    init() {}

    init(_ memory: any MemorySource, _ start: Address, _ bytes: Int) {
        let start = Address(start.rawValue & ~7)
        words = [UInt64](unsafeUninitializedCapacity: bytes / 8) { buffer, count in
            count = memory.read(start, into: UnsafeMutableRawBufferPointer(buffer)) / 8
        }
    }

    var count: Int { words.count }
    subscript(index: Int) -> UInt64 { words[index] }
    func contains(_ value: UInt64) -> Bool { words.contains(value) }
}
