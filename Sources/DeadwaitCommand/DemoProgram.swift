import CLinux
import Glibc

/// A small program with a real lock-order deadlock, run as a child of `deadwait demo`.
///
/// The writer takes the table's lock and then the log's; the checkpoint takes them the other way round. A rendezvous
/// makes sure that each has its first lock before it asks for the second. A reader queues behind them, and a log
/// flusher waits, healthy, for work.
enum DemoProgram {
    /// Locks and conditions must not move: they live on the heap and are never freed.
    private struct Shared: @unchecked Sendable {
        let tableLock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        let logLock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        let flushLock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        let flushWanted = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
        let bothHoldOne = UnsafeMutablePointer<pthread_barrier_t>.allocate(capacity: 1)
        /// Under the table's lock.
        let rows = UnsafeMutablePointer<Int>.allocate(capacity: 1)
        /// Under the log's lock.
        let loggedRows = UnsafeMutablePointer<Int>.allocate(capacity: 1)

        init() {
            for lock in [tableLock, logLock, flushLock] { pthread_mutex_init(lock, nil) }
            pthread_cond_init(flushWanted, nil)
            pthread_barrier_init(bothHoldOne, nil, 3)
            rows.initialize(to: 0)
            loggedRows.initialize(to: 0)
        }
    }

    private static let shared = Shared()

    /// Starts the threads and never returns. Says "ready" on standard output when the deadlock is reached.
    static func run() -> Never {
        start("writer") { write() }
        start("checkpoint") { checkpoint() }
        start("log-flush") { flushLog() }
        pthread_barrier_wait(shared.bothHoldOne)
        start("reader") { read() }
        // The last step into the wait is the kernel's: give each thread the time for it.
        usleep(200_000)
        Terminal.say("ready\n")
        while true { pause() }
    }

    @inline(never) private static func write() {
        pthread_mutex_lock(shared.tableLock)
        pthread_barrier_wait(shared.bothHoldOne)
        pthread_mutex_lock(shared.logLock)
        shared.rows.pointee += 1
        pthread_mutex_unlock(shared.logLock)
        pthread_mutex_unlock(shared.tableLock)
    }

    @inline(never) private static func checkpoint() {
        pthread_mutex_lock(shared.logLock)
        pthread_barrier_wait(shared.bothHoldOne)
        pthread_mutex_lock(shared.tableLock)
        shared.loggedRows.pointee = shared.rows.pointee
        pthread_mutex_unlock(shared.tableLock)
        pthread_mutex_unlock(shared.logLock)
    }

    @inline(never) private static func read() {
        pthread_mutex_lock(shared.tableLock)
        pthread_mutex_unlock(shared.tableLock)
    }

    @inline(never) private static func flushLog() {
        pthread_mutex_lock(shared.flushLock)
        while true { pthread_cond_wait(shared.flushWanted, shared.flushLock) }
    }

    private final class Job {
        let name: String
        let body: () -> Void
        init(_ name: String, _ body: @escaping () -> Void) {
            self.name = name
            self.body = body
        }
    }

    private static func start(_ name: String, _ body: @escaping () -> Void) {
        var thread = pthread_t()
        let job = Unmanaged.passRetained(Job(name, body)).toOpaque()
        let error = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let job = Unmanaged<Job>.fromOpaque(argument).takeRetainedValue()
                _ = clinux_set_thread_name(job.name)
                job.body()
                return nil
            }, job)
        guard error == 0 else {
            Terminal.warn("the demo could not create a thread: \(String(cString: strerror(error)))")
            exit(3)
        }
    }
}
