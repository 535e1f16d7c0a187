import ProcessModel

/// Copies stacks from a running process, several with one system call. One for each thread that copies.
final class StackCopier {
    /// What one thread's stack is to be copied from.
    struct Stretch {
        /// Of the thread among the records.
        var index: Int
        var range: MemoryRange
    }

    private let live: LiveMemory
    /// Holds what one call copies until zeros are left out of it.
    let scratch: UnsafeMutableRawBufferPointer

    /// Little enough to stay in a processor's own cache until it is looked through.
    private static let batchBytes = 512 << 10

    /// `largestStretch`: bytes that one call must be able to copy.
    init(live: LiveMemory, largestStretch: Int) {
        self.live = live
        scratch = .allocate(byteCount: max(Self.batchBytes, largestStretch + 4096), alignment: 4096)
    }

    deinit { scratch.deallocate() }

    /// Touches the scratch memory, so that no page fault falls into a stop.
    func prefault() {
        for offset in stride(from: 0, to: scratch.count, by: 4096) { scratch[offset] = 0 }
    }

    /// Copies all stretches and notes in the threads' records how far their stacks reach.
    func copy(
        _ stretches: [Stretch], of records: UnsafeMutableBufferPointer<ThreadRecord>, into part: inout CapturedPart
    ) {
        var start = 0
        while start < stretches.count {
            var end = start
            var total = 0
            while end < stretches.count, end == start || total + stretches[end].range.count <= scratch.count {
                total += stretches[end].range.count
                end += 1
            }
            let batch = stretches[start..<end]
            let counts = live.gather(batch.map(\.range), into: scratch)
            var offset = 0
            for (stretch, count) in zip(batch, counts) {
                let bytes = UnsafeRawBufferPointer(rebasing: scratch[offset..<(offset + count)])
                offset += stretch.range.count
                if bytes.isEmpty { continue }
                if part.append(bytes, at: stretch.range.start, owner: records[stretch.index].id) {
                    records[stretch.index].image.stackEnd = stretch.range.start + UInt64(count)
                } else {
                    records[stretch.index].stackProblem = "there is no room left for copies"
                }
            }
            start = end
        }
    }
}
