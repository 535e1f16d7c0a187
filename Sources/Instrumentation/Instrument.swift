import CDeadwait

/// What a Swift program tells the runtime library (libdeadwait.so) about its threads.
///
/// The Swift side of `deadwait.h`, where the rules stand that hold for all of it. Without the library each call is one
/// load and one test, and its texts are not even made.
public enum Instrument {
    /// The runtime library is loaded, which stays so, or not, for the process's whole life.
    @inlinable public static var isLoaded: Bool { dw_is_loaded() != 0 }

    /// Names the calling thread: its first 15 bytes for the kernel (top, gdb), up to 59 for the registry.
    ///
    /// For threads of `pthread_create` and of Foundation's `Thread`, whose own `name` reaches the kernel only. Not for
    /// code in a task, which has a thread only until its next `await`.
    public static func nameThread(_ name: String) {
        name.withCString {
            cdeadwait_set_kernel_name($0)
            dw_name_thread($0)
        }
    }

    /// Says what the calling thread is for, and with it all threads of its start routine; to be called once, first.
    @inlinable public static func setRole(_ role: @autoclosure () -> String) {
        if isLoaded { role().withCString { dw_set_role($0) } }
    }

    /// Says that `count` threads of `role` ought to be there: one that is missing is then known to be missing.
    ///
    /// To be called before they are created, again to change the number, and with 0 before they end on purpose.
    @inlinable public static func expect(role: @autoclosure () -> String, count: Int) {
        if isLoaded { role().withCString { dw_expect_threads($0, UInt32(clamping: count)) } }
    }

    /// Runs `body`, in which the calling thread's waits are idle ones: nobody is owed an answer meanwhile.
    @inlinable public static func withIdleMark<Result: ~Copyable, Failure: Error>(
        _ reason: @autoclosure () -> String, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        if !isLoaded { return try body() }
        let token = reason().withCString { dw_idle_begin($0) }
        defer { dw_idle_end(token) }
        return try body()
    }

    /// Runs `body`, a call that the application made and waits for: who waits in it is named before the program's own
    /// threads.
    @inlinable public static func withCall<Result: ~Copyable, Failure: Error>(
        _ name: @autoclosure () -> String, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        if !isLoaded { return try body() }
        let token = name().withCString { dw_api_begin($0) }
        defer { dw_api_end(token) }
        return try body()
    }
}
