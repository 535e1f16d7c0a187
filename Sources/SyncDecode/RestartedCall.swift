import ProcessModel

/// The system call behind restart_syscall(2), told by the innermost function's name. The kernel restarts these and futex(2) that
/// way (ERESTART_RESTARTBLOCK): kernel/time/hrtimer.c, posix-timers.c, fs/select.c, kernel/futex.
enum RestartedCall: Hashable {
    case poll
    case nanosleep
    case clockNanosleep

    /// Nil when no name on the first frames tells.
    init?(_ stack: [SyncFrame]) {
        for frame in stack.prefix(4) {
            for name in frame.functions + frame.linkageNames {
                switch PrimitiveNames.bareName(name) {
                case "poll":
                    self = .poll
                    return
                // glibc's nanosleep is clock_nanosleep since 2.31; the inner frame has named that already.
                case "clock_nanosleep", "clock_nanosleep_time64":
                    self = .clockNanosleep
                    return
                case "nanosleep":
                    self = .nanosleep
                    return
                default: break
                }
            }
        }
        return nil
    }

    func systemCall(_ call: SystemCall) -> SystemCall {
        let number =
            switch self {
            case .poll: SystemCallNumber.poll
            case .nanosleep: SystemCallNumber.nanosleep
            case .clockNanosleep: SystemCallNumber.clockNanosleep
            }
        return SystemCall(number: number, arguments: call.arguments)
    }
}
