import Glibc
import Instrumentation

/// A thread of the application that uses the engine: named, without a role of the engine's.
final class ApplicationThread {
    private final class Start {
        let name: String
        let body: @Sendable () -> Void
        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    private let thread: pthread_t

    /// Creates it. `stackBytes` is its stack's size; nil for the usual one. Throws when pthread_create(3) fails.
    init(_ name: String, stackBytes: Int? = nil, _ body: @escaping @Sendable () -> Void) throws(ToolError) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        if let stackBytes { pthread_attr_setstacksize(&attributes, stackBytes) }
        var thread = pthread_t()
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        let error = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                Instrument.nameThread(start.name)
                start.body()
                return nil
            }, start.toOpaque())
        guard error == 0 else {
            start.release()
            throw .system(call: "pthread_create", subject: name, errno: error)
        }
        self.thread = thread
    }

    /// Waits until it has ended. To be called once.
    func join() { pthread_join(thread, nil) }
}
