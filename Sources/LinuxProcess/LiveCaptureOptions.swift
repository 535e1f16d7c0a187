import ProcessModel

/// How a running process is captured.
public struct LiveCaptureOptions: Sendable {
    public enum Mode: Sendable, Hashable {
        /// Nothing is stopped. A thread that runs at each look has no stack, and a gap says so.
        case noStop
        /// Blocked threads are read without a stop; only those that run are stopped, one by one.
        case hybrid
        /// All threads are stopped at once, for one instant.
        case stopAll
    }

    public var mode = Mode.hybrid
    /// Also stop threads in calls that a stop ends with EINTR (epoll_wait, semop, sigtimedwait, ...): see
    /// `InterruptibleCall`.
    public var allowInterruptingCalls = false
    /// Of each stack, from the stack pointer upwards; the rest is read when it is needed, from the process as it then
    /// is. At most 1 GiB.
    public var maximumStackBytes = 256 << 10
    /// For the whole capture, from its start; what was not done by then is left out with a gap. Nil: no limit.
    public var deadlineNanoseconds: UInt64?
    /// Extra memory to copy in the same instant as the stacks: the synchronization objects around a futex word. Called
    /// once for each blocked thread with its system call and the process's memory, never while anything is stopped
    /// for longer than this call takes. At most 16 ranges of 64 KiB each are taken.
    public var objectRanges: @Sendable (SystemCall, any MemorySource) -> [(start: Address, count: Int)] = { _, _ in [] }

    public init() {}
}
