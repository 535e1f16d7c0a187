import CLinux
import Glibc
import ProcessModel

/// Stops single threads of another process with ptrace(2) and lets them go again.
///
/// PTRACE_SEIZE is used without PTRACE_O_EXITKILL: the kernel lets go of every thread when the tracer ends, whatever
/// it was doing, and pending stops are then forgotten. A ptrace relation belongs to the thread that made it, so all
/// of this runs on a thread of its own that ends with the work: nothing stays attached, not even a thread that could
/// not be stopped in time and would stop later.
enum ThreadTracer {
    /// A thread that is held.
    struct Held {
        var thread: ThreadID
        /// When PTRACE_INTERRUPT was sent: from then on the thread may have been kept from running.
        var began: UInt64
        /// When it was seen to have stopped.
        var stopped: UInt64
        /// A signal that was on its way to the thread and must be given back; 0 for none.
        var signal: Int32
        /// Job control has stopped the process; the thread stays stopped after the release.
        var isGroupStop: Bool
    }

    enum Failure: Error, Equatable {
        case gone
        /// ptrace said EPERM: traced by somebody else, or forbidden.
        case refused(errno: Int32)
        /// It did not stop in time.
        case late
    }

    /// Runs `body` on a new thread and waits for its end. All threads that are still seized then are released.
    ///
    /// `isUrgent` gives the thread the highest priority, as far as we may: nobody else goes first while a whole process
    /// is held. For stops of single threads it would be wrong: each is waited for, and must get the processor.
    static func withTracerThread(isUrgent: Bool, _ body: () -> Void) throws(LinuxProcessError) {
        let isDone = HelperThread.run(
            during: {
                // Sleeps of microseconds, not rounded up to the default slack of 50.
                _ = clinux_set_timer_slack(1)
                // Of this thread only (setpriority(2), "C library/kernel differences").
                if isUrgent { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, -20) }
                body()
            }, {})
        guard isDone else { throw .systemCall(operation: "start a thread", subject: "the tracer", errno: EAGAIN) }
    }

    static func seize(_ thread: ThreadID) throws(Failure) {
        let code = clinux_ptrace_seize(thread.rawValue)
        if code == -ESRCH { throw .gone }
        if code < 0 { throw .refused(errno: -code) }
    }

    /// Waits until a thread that was seized and interrupted has stopped.
    ///
    /// It first yields the processor, then sleeps for longer and longer times up to 1 ms, for `limit` nanoseconds in
    /// all; there is no timeout in waitpid(2), and a thread in uninterruptible sleep may never answer.
    static func wait(
        for thread: ThreadID, began: UInt64, limit: UInt64, isHopeless: () -> Bool
    ) throws(Failure) -> Held {
        var rounds = 0
        var sleep = 20_000
        while true {
            var result = clinux_wait()
            if clinux_wait_thread(thread.rawValue, &result) < 0 { throw .gone }
            switch UInt32(result.kind) {
            case CLINUX_WAIT_NOTHING.rawValue:
                break
            case CLINUX_WAIT_EXITED.rawValue:
                throw .gone
            case CLINUX_WAIT_SIGNAL.rawValue:
                return Held(
                    thread: thread, began: began, stopped: monotonicNanoseconds(), signal: result.signal,
                    isGroupStop: false)
            default:
                return Held(
                    thread: thread, began: began, stopped: monotonicNanoseconds(), signal: 0,
                    isGroupStop: UInt32(result.kind) == CLINUX_WAIT_GROUP_STOP.rawValue)
            }
            rounds += 1
            if rounds <= 50 {
                sched_yield()
                continue
            }
            if monotonicNanoseconds() - began > limit { throw .late }
            if sleep == 1_000_000, isHopeless() { throw .late }
            var time = timespec(tv_sec: 0, tv_nsec: sleep)
            nanosleep(&time, nil)
            sleep = min(sleep * 2, 1_000_000)
        }
    }

    /// Seizes, interrupts and waits.
    static func hold(
        _ thread: ThreadID, limit: UInt64, isHopeless: () -> Bool
    ) throws(Failure) -> Held {
        try seize(thread)
        let began = monotonicNanoseconds()
        if clinux_ptrace_interrupt(thread.rawValue) < 0 { throw .gone }
        return try wait(for: thread, began: began, limit: limit, isHopeless: isHopeless)
    }

    /// Lets the thread go on with the signal that was on its way. A group stop goes on, too: the kernel puts a detached
    /// thread back into it. Returns for how long the thread was held, nanoseconds.
    @discardableResult
    static func release(_ held: Held) -> UInt64 {
        if clinux_ptrace_detach(held.thread.rawValue, held.signal) < 0 {
            // It was killed while it was held; its exit is ours to collect.
            var result = clinux_wait()
            _ = clinux_wait_thread(held.thread.rawValue, &result)
        }
        return monotonicNanoseconds() - held.began
    }

    static func registers(of held: Held) -> user_regs_struct? {
        var registers = user_regs_struct()
        return clinux_ptrace_registers(held.thread.rawValue, &registers) == 0 ? registers : nil
    }
}
