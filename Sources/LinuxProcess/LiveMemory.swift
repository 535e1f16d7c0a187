import CLinux
import Glibc
import ProcessModel

/// The memory of a running process, read with process_vm_readv(2). What is read is of the moment of the read.
///
/// Needs the permission to trace the process (PTRACE_MODE_ATTACH_REALCREDS). Never writes.
public final class LiveMemory: MemorySource {
    public let process: ProcessID
    /// The thread through which the memory is reached: the process's own id, or another thread's when the first one
    /// has ended and its memory can no longer be reached through it.
    private var thread: Int32

    public init(process: ProcessID) {
        self.process = process
        thread = process.rawValue
    }

    public func read(_ address: Address, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var done = 0
        while done < buffer.count {
            var local = iovec(iov_base: buffer.baseAddress.map { $0 + done }, iov_len: buffer.count - done)
            var remote = iovec(
                iov_base: UnsafeMutableRawPointer(
                    bitPattern: UInt(truncatingIfNeeded: address.rawValue &+ UInt64(done))),
                iov_len: buffer.count - done)
            let count = clinux_process_vm_readv(thread, &local, 1, &remote, 1)
            if count > 0 {
                done += count
            } else if done > 0 || !recover(from: Int32(-count)) {
                break
            }
        }
        return done
    }

    /// Reads `ranges` one behind the other into `buffer`, each into as many bytes as it is long, with as few calls as
    /// IOV_MAX (1,024) allows. Returns for each how many of its first bytes were read.
    ///
    /// `buffer` must hold the sum of the lengths; ranges that would not fit any more get 0.
    func gather(_ ranges: [MemoryRange], into buffer: UnsafeMutableRawBufferPointer) -> [Int] {
        var counts = [Int](repeating: 0, count: ranges.count)
        var vectors: [iovec] = []
        vectors.reserveCapacity(min(ranges.count, 1024))
        var next = 0
        var offset = 0
        while next < ranges.count, let base = buffer.baseAddress {
            vectors.removeAll(keepingCapacity: true)
            var total = 0
            var end = next
            while end < ranges.count, vectors.count < 1024, ranges[end].count <= buffer.count - offset - total {
                vectors.append(
                    iovec(
                        iov_base: UnsafeMutableRawPointer(bitPattern: UInt(ranges[end].start.rawValue)),
                        iov_len: ranges[end].count))
                total += ranges[end].count
                end += 1
            }
            if vectors.isEmpty { break }
            var local = iovec(iov_base: base + offset, iov_len: total)
            var got = clinux_process_vm_readv(thread, &local, 1, vectors, UInt(vectors.count))
            if got < 0 {
                if recover(from: Int32(-got)) { continue }
                if Int32(-got) != EFAULT { return counts }
                got = 0
            }
            while next < end, got >= ranges[next].count {
                counts[next] = ranges[next].count
                got -= ranges[next].count
                offset += ranges[next].count
                next += 1
            }
            if next < end {
                // The call ended inside of this range: what there is of it, page by page, then on with the next.
                counts[next] = read(
                    ranges[next].start,
                    into: UnsafeMutableRawBufferPointer(start: base + offset, count: ranges[next].count))
                offset += ranges[next].count
                next += 1
            }
        }
        return counts
    }

    /// A first thread that has ended has no memory any more while the others still run: goes on through one of them.
    private func recover(from code: Int32) -> Bool {
        guard code == ESRCH, let directory = try? TaskDirectory(process: process),
            let threads = try? directory.threads()
        else { return false }
        for candidate in threads where candidate.rawValue != thread {
            if let state = directory.stat(of: candidate)?.state, state != .zombie, state != .dead {
                thread = candidate.rawValue
                return true
            }
        }
        return false
    }
}

/// A stretch of the target's memory to copy.
struct MemoryRange: Hashable {
    var start: Address
    var count: Int
}
