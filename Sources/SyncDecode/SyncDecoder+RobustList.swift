import ProcessModel

extension SyncDecoder {
    /// No thread holds more robust mutexes than this in one list; a longer list is a broken one.
    private static let robustLimit = 1024

    /// Adds the robust mutexes that threads hold, waited for or not, from the lists that the kernel knows
    /// (get_robust_list(2); struct robust_list_head of linux/futex.h). Live processes only. Costs one system call and one
    /// read for each thread, so it is not part of `decodeAll`.
    public mutating func addHeldRobustMutexes() {
        guard let kernel, libc.mayBeGlibc else { return }
        for thread in threads.sorted() {
            guard let head = kernel.robustListHead(of: thread), let bytes = memory.bytes(head, count: 24) else {
                continue
            }
            let words = Words(bytes)
            var entry = words.wide(0)
            let offset = words.wide(8)
            var count = 0
            // Bit 0 of a link marks a PI mutex.
            while entry & ~1 != head.rawValue, entry != 0, count < Self.robustLimit {
                count += 1
                let link = Address(entry & ~1)
                addRobustMutex(link + offset, holder: thread)
                guard let next = memory.load(link, as: UInt64.self) else { break }
                entry = next
            }
        }
    }

    private mutating func addRobustMutex(_ address: Address, holder: ThreadID) {
        guard let words = MutexWords(memory, address), words.isRobust,
            words.ownerID == UInt32(bitPattern: holder.rawValue)
        else { return }
        _ = mutexObject(address, words)
    }
}
