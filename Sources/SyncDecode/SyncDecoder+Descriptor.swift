import ProcessModel

extension SyncDecoder {
    /// A wait for the end of a thread: the kernel clears `tid` in its struct pthread and wakes the futex there
    /// (set_tid_address(2)), so the awaited value is the thread's id.
    ///
    /// With `needsProbe` no name was seen; then only the struct's own self pointers and a live thread of that id make it
    /// a join.
    mutating func joinWait(_ futex: FutexCall, needsProbe: Bool = false) -> Wait? {
        guard libc.mayBeGlibc, futex.operation == .waitBitset || futex.operation == .wait, !futex.isPrivate,
            isThread(futex.value)
        else { return nil }
        let base = descriptor(aroundThreadID: futex.address)
        guard let layout = base != nil ? .probed : proof(probed: false), base != nil || !needsProbe else { return nil }
        let target = owner(futex.value)
        let object = keep(
            SyncObject(
                id: SyncObjectID(base ?? futex.address - GlibcLayout.Descriptor.threadID), type: "struct pthread",
                owners: target.map { [$0] } ?? [], fields: [.init(name: "tid", value: String(futex.value))],
                layout: layout))
        return Wait(
            kind: .join, object: object, owner: target, summary: futex.description,
            sources: base != nil ? [.runtimeFields, systemCallSource] : [.symbol, systemCallSource])
    }

    /// The struct pthread whose `tid` lies at `address`, proven by its self pointers.
    private func descriptor(aroundThreadID address: Address) -> Address? {
        let usual = address - GlibcLayout.Descriptor.threadID
        if isDescriptor(usual) { return usual }
        for offset in stride(
            from: GlibcLayout.Descriptor.threadIDRange.lowerBound,
            through: GlibcLayout.Descriptor.threadIDRange.upperBound, by: 4)
        where isDescriptor(address - offset) {
            return address - offset
        }
        return nil
    }

    private func isDescriptor(_ address: Address) -> Bool {
        // The thread pointer is 64-byte aligned (TCB_ALIGNMENT of sysdeps/x86_64/nptl/tls.h).
        address.rawValue & 63 == 0 && address.rawValue != 0
            && GlibcLayout.Descriptor.selfPointers.allSatisfy {
                memory.load(address + $0, as: UInt64.self) == address.rawValue
            }
    }

    /// The thread id in a struct pthread; nil when the address is none.
    private func threadID(ofDescriptor address: Address) -> UInt32? {
        guard isDescriptor(address),
            let id = memory.load(address + GlibcLayout.Descriptor.threadID, as: UInt32.self), canBeThread(id)
        else { return nil }
        return id
    }

    /// A struct pthread whose thread has ended, and whose stack no other thread was given yet: the kernel has cleared its
    /// `tid` (set_tid_address(2)), and who joined it has set that to -1 (nptl/pthread_join_common.c of glibc 2.36).
    private func hasEnded(_ address: Address) -> Bool {
        guard isDescriptor(address) else { return false }
        let id = memory.load(address + GlibcLayout.Descriptor.threadID, as: UInt32.self)
        return id == 0 || id == .max
    }

    /// A wait for the lock of a stdio stream, whose owner is a struct pthread. Functions such as puts have the lock
    /// inlined, so any lock of libc's own is tried; the owner proves it.
    mutating func streamWait(_ futex: FutexCall) -> Wait? {
        typealias Layout = GlibcLayout.StreamLock
        guard libc.mayBeGlibc, futex.operation == .wait, futex.value == 2,
            let bytes = memory.bytes(futex.address, count: Layout.size)
        else { return nil }
        let words = Words(bytes)
        let descriptor = Address(words.wide(Layout.owner))
        guard let id = threadID(ofDescriptor: descriptor) ?? (hasEnded(descriptor) ? 0 : nil) else { return nil }
        let owner = id == 0 ? nil : owner(id)
        let object = keep(
            SyncObject(
                id: SyncObjectID(futex.address), type: "stdio lock", flavor: SyncFlavor.recursive.rawValue,
                owners: owner.map { [$0] } ?? [],
                fields: [
                    .init(name: "cnt", value: String(words[Layout.count])),
                    .init(name: "owner", value: String(id)),
                ],
                layout: isThread(id) || id == 0 ? .probed : .table))
        return Wait(
            kind: .stdioLock, object: object, owner: owner, summary: futex.description,
            sources: [.runtimeFields, .symbol, systemCallSource])
    }

    /// A wait for a pthread_once_t whose initializer runs; who runs it only that thread's stack tells.
    mutating func onceWait(_ futex: FutexCall) -> Wait? {
        guard libc.mayBeGlibc, futex.operation == .wait || futex.operation == .waitBitset,
            futex.value & 3 == GlibcLayout.Once.inProgress,
            let word = memory.load(futex.address, as: UInt32.self), word & 3 == GlibcLayout.Once.inProgress,
            let layout = proof(probed: word == futex.value)
        else { return nil }
        let object = keep(
            SyncObject(
                id: SyncObjectID(futex.address), type: "pthread_once_t",
                fields: [
                    .init(name: "state", value: "in progress"),
                    .init(name: "fork generation", value: String(word >> 2)),
                ],
                layout: layout))
        return Wait(
            kind: .once, object: object, summary: futex.description,
            sources: [.runtimeFields, .symbol, systemCallSource])
    }
}
