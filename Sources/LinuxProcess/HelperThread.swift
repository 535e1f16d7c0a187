import Glibc

/// A thread for the length of one call, without Foundation and its queues.
enum HelperThread {
    /// Runs `first` on a new thread and meanwhile `second` on this one; returns when both are done. False, with neither
    /// run, when no thread can be made.
    ///
    /// The caller answers for what the two share.
    static func run(during first: () -> Void, _ second: () -> Void) -> Bool {
        withoutActuallyEscaping(first) { escapable in
            let work = Work(body: escapable)
            var thread = pthread_t()
            let code = pthread_create(
                &thread, nil,
                { argument in
                    if let argument { Unmanaged<Work>.fromOpaque(argument).takeUnretainedValue().body() }
                    return nil
                }, Unmanaged.passUnretained(work).toOpaque())
            guard code == 0 else { return false }
            second()
            pthread_join(thread, nil)
            return withExtendedLifetime(work) { true }
        }
    }

    private final class Work {
        let body: () -> Void
        init(body: @escaping () -> Void) { self.body = body }
    }
}
