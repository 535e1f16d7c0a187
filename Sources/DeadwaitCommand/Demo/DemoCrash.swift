import CLinux
import Deadwait
import Glibc

/// Follows a program until a signal is about to end it, and leaves it stopped there, to be looked at as any other.
///
/// The kernel's core would do as well, but where it goes is the machine's own affair: in a container it is often piped
/// to a program that the container does not have.
struct DemoCrash {
    /// What ends a process for a fault of its own (signal(7)).
    private static let fatal: Set<Int32> = [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS]

    /// Waits for it, a minute at most. Nil when the program ended otherwise, which the session then knows.
    static func next(in session: inout DemoSession) throws(CommandFailure) -> Crash? {
        guard let process = session.process else { return nil }
        let deadline = DemoClock.now() + 60_000_000_000
        while DemoClock.now() < deadline {
            var event = clinux_trace_event()
            let error = clinux_trace_next(process.rawValue, &event)
            guard error == 0 else { throw failure(error) }
            switch Int(event.kind) {
            case Int(CLINUX_TRACE_NOTHING.rawValue): DemoClock.sleep(nanoseconds: 500_000)
            case Int(CLINUX_TRACE_EXITED.rawValue):
                session.noteEnd(event.signal > 0 ? .signal(Int(event.signal)) : .exit(status: event.status))
                return nil
            case Int(CLINUX_TRACE_SIGNAL.rawValue) where fatal.contains(event.signal):
                try freeze(process, at: event.thread)
                return crash(event)
            case Int(CLINUX_TRACE_SIGNAL.rawValue):
                let error = clinux_trace_continue(event.thread, event.signal)
                guard error == 0 else { throw failure(error) }
            default: break
            }
        }
        throw CommandFailure(reason: "the program did not crash within a minute", help: "Try again.")
    }

    private static func freeze(_ process: ProcessID, at thread: pid_t) throws(CommandFailure) {
        let directory = open("/proc/\(process)/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw failure(-errno) }
        defer { close(directory) }
        var ids = [pid_t](repeating: 0, count: 65_536)
        let count = clinux_list_tasks(directory, &ids, ids.count)
        guard count > 0 else { throw failure(Int32(count)) }
        let error = clinux_trace_freeze(thread, ids, min(count, ids.count))
        guard error == 0 else { throw failure(error) }
    }

    private static func crash(_ event: clinux_trace_event) -> Crash {
        let hasAddress = [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP].contains(event.signal) && event.code > 0
        return Crash(
            signal: Int(event.signal), code: Int(event.code), faultAddress: hasAddress ? Address(event.address) : nil,
            sender: event.sender > 0 ? ProcessID(event.sender) : nil, thread: ThreadID(event.thread))
    }

    private static func failure(_ error: Int32) -> CommandFailure {
        CommandFailure(
            reason: "cannot follow the program: \(String(cString: strerror(-error)))",
            help: "Following a child needs ptrace(2), which a container may forbid; --core takes the kernel's core.")
    }
}
