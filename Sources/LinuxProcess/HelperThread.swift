import Glibc
import Synchronization

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

    /// Runs `work` for all of 0..<`count`, a few numbers at a time: on this thread as worker 0 and, when there are many,
    /// on a new one as worker 1. Whoever is done first takes the next batch.
    ///
    /// The caller answers for what the two share.
    static func share(_ count: Int, work: (_ range: Range<Int>, _ worker: Int) -> Void) {
        guard count > fewest else { return work(0..<count, 0) }
        let next = Counter()
        func run(_ worker: Int) {
            while true {
                let start = next.value.wrappingAdd(batch, ordering: .relaxed).oldValue
                if start >= count { return }
                work(start..<min(start + batch, count), worker)
            }
        }
        if !self.run(during: { run(1) }, { run(0) }) { run(0) }
    }

    private static let batch = 32
    /// Up to so many are done by the calling thread alone, before another one would be there.
    static let fewest = 256

    private final class Counter: Sendable {
        let value = Atomic<Int>(0)
    }

    private final class Work {
        let body: () -> Void
        init(body: @escaping () -> Void) { self.body = body }
    }
}
