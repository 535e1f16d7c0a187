/// What the kernel knows about the objects that threads of one process are blocked on.
///
/// Only a live process has it; a core has none. Every answer is of the moment of the question, which is later than the
/// threads' instants. What could not be read is nil.
public protocol KernelObjects: AnyObject {
    /// What is behind an open descriptor, with peers where they can be told cheaply. Nil when it is not open or may not
    /// be looked at.
    func descriptor(_ descriptor: Int32) -> FileDescriptorTarget?

    /// Processes that hold a lock on the file behind `descriptor` which conflicts with `request`. Nil when the kernel's
    /// list of locks could not be read; empty when nobody holds one.
    func lockHolders(_ descriptor: Int32, request: FileLockRequest) -> [ProcessID]?

    /// The children of the process, for waits on a child. Nil when they could not be listed.
    func children() -> [ProcessID]?

    /// The head of the list of robust mutexes that a thread holds: get_robust_list(2). Nil when there is none or the
    /// kernel refused.
    func robustListHead(of thread: ThreadID) -> Address?

    /// CLOCK_REALTIME minus CLOCK_MONOTONIC, nanoseconds: turns absolute timeouts into time left. Nil when not known.
    var realtimeOffsetNanoseconds: Int64? { get }
}

/// A lock on a file that a thread asks for.
public struct FileLockRequest: Hashable, Sendable {
    public enum Family: Hashable, Sendable {
        /// flock(2)
        case flock
        /// fcntl(2) F_SETLKW: owned by a process.
        case posix
        /// fcntl(2) F_OFD_SETLKW: owned by an open file description.
        case openFileDescription
    }

    public var family: Family
    public var isExclusive: Bool
    /// First byte of the range; flock(2) locks have the whole file.
    public var start: UInt64
    /// Last byte of the range, inclusive.
    public var end: UInt64

    public init(family: Family, isExclusive: Bool, start: UInt64 = 0, end: UInt64 = .max) {
        self.family = family
        self.isExclusive = isExclusive
        self.start = start
        self.end = end
    }
}
