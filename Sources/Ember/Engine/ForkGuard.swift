import Glibc

/// Knows in a child of fork(2) that it is one.
///
/// A child has one thread and the locks as they were: it cannot use the database of its parent. The handler of
/// pthread_atfork(3) only counts.
enum ForkGuard {
    /// On the heap, to be written in the child without a lock of the language's runtime.
    nonisolated(unsafe) private static let count: UnsafeMutablePointer<UInt32> = {
        let count = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
        count.initialize(to: 0)
        return count
    }()

    private static let registered: Int32 = {
        _ = generation
        return pthread_atfork(nil, nil) { ForkGuard.enterChild() }
    }()

    /// To be called before the first use: whether the handler is there.
    static func register() throws(EmberError) {
        guard registered == 0 else {
            throw .system(call: "pthread_atfork", subject: "the handler of the child", errno: registered)
        }
    }

    /// How many forks lie between the process's first ancestor with the handler and it.
    static var generation: UInt32 { count.pointee }

    private static func enterChild() { count.pointee &+= 1 }
}
