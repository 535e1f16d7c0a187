import ProcessModel

/// `/proc/PID/task/TID/stat` (proc_pid_stat(5)): the fields that a capture needs.
struct TaskStat: Equatable {
    /// Field 2 without its parentheses: up to 15 bytes of the process's own choice, a ')' and newlines included.
    var name: String
    var state: ThreadState
    var parent: ProcessID
    /// Field 9, the kernel's PF_ flags.
    var flags: UInt64
    /// Field 20: how many threads the process has; nil when the line ends before.
    var threadCount: Int?

    /// PF_KTHREAD of the kernel's include/linux/sched.h: a thread of the kernel.
    var isKernelThread: Bool { flags & 0x0020_0000 != 0 }

    /// Nil when the bytes do not have the form. The name ends at the last ')', since it may hold others.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let open = bytes.firstIndex(of: UInt8(ascii: "(")), let close = bytes.lastIndex(of: UInt8(ascii: ")")),
            open < close
        else { return nil }
        name = String(decoding: bytes[(open + 1)..<close], as: UTF8.self)
        var scanner = ByteScanner(UnsafeBufferPointer(rebasing: bytes[(close + 1)...]))
        guard scanner.skip(.space), let letter = scanner.current else { return nil }
        // "x" and "X" both meant dead in some kernels; "K", "W" are history.
        state = ThreadState(rawValue: String(UnicodeScalar(letter))) ?? .unknown
        scanner.advance()
        guard scanner.skip(.space), let parent = scanner.signedDecimal() else { return nil }
        self.parent = ProcessID(Int32(truncatingIfNeeded: parent))
        for _ in 0..<4 {
            scanner.skipSpaces()
            scanner.skipField()
        }
        scanner.skipSpaces()
        guard let flags = scanner.decimal() else { return nil }
        self.flags = flags
        for _ in 0..<10 {
            scanner.skipSpaces()
            scanner.skipField()
        }
        scanner.skipSpaces()
        threadCount = scanner.decimal().flatMap { Int(exactly: $0) }
    }
}
