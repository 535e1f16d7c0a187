import Glibc
import Instrumentation

/// A thread of the engine, with a role, made with a start routine of its own so that reports tell servers apart.
public final class EngineThread: @unchecked Sendable {
    public typealias StartRoutine = @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer?

    private let thread: pthread_t

    /// Creates the thread. `routine` gets `context`, retained, and takes it with `EngineThread.begin`; it is a closure
    /// written at the call, one a server. Throws `.system` when pthread_create(3) fails: `context` is released then.
    ///
    /// Where `faults` has a failure for it, pthread_create is called all the same and fails by itself, with EAGAIN: it is
    /// asked for a stack larger than the address space.
    public init<Context: AnyObject>(
        _ what: String, context: Context, faults: Faults? = nil, start routine: StartRoutine
    ) throws(EmberError) {
        var thread = pthread_t()
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        if faults?.failure(at: .createThread) != nil { pthread_attr_setstacksize(&attributes, 1 << 47) }
        let retained = Unmanaged.passRetained(context)
        let error = pthread_create(&thread, &attributes, routine, retained.toOpaque())
        guard error == 0 else {
            retained.release()
            throw .system(call: "pthread_create", subject: what, errno: error)
        }
        self.thread = thread
    }

    /// First thing in a start routine: names the thread, sets its role, gives back the context.
    public static func begin<Context: AnyObject>(
        _ argument: UnsafeMutableRawPointer?, as type: Context.Type, name: String, role: String
    ) -> Context? {
        Instrument.nameThread(name)
        Instrument.setRole(role)
        return argument.map { Unmanaged<Context>.fromOpaque($0).takeRetainedValue() }
    }

    /// Whether the calling thread is this one.
    public var isCurrent: Bool { pthread_equal(thread, pthread_self()) != 0 }

    /// Waits until the thread has ended. To be called once.
    public func join() { pthread_join(thread, nil) }
}
