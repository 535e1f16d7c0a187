import ProcessModel

/// Tells which call a `restart_syscall` restarts.
///
/// After any stop, a sleep with a relative timeout goes on as restart_syscall(2), with all argument registers as they
/// were. Four calls do that on x86-64: futex (FUTEX_WAIT and FUTEX_WAIT_BITSET with a timeout), nanosleep,
/// clock_nanosleep and poll (the users of set_restart_fn in the kernel). The kernel function in which the thread
/// sleeps tells them apart: for a restarted sleep it is hrtimer_nanosleep_restart, or, where the compiler made a tail
/// call of it, the entry of system calls. Without it the number stays 219 and is left to a decoder that knows the code
/// at the program counter.
enum RestartedCall {
    static func resolve(_ call: SystemCall, waitChannel: String?) -> SystemCall {
        guard call.number == SystemCallNumber.restartSyscall, let waitChannel, let first = call.arguments.first else {
            return call
        }
        var call = call
        if waitChannel.contains("futex") {
            call.number = SystemCallNumber.futex
        } else if ["nanosleep", "restart_syscall", "do_syscall_64"].contains(where: waitChannel.contains) {
            // The first argument is a clock (a small number, or a negative int for a CPU clock) or a pointer.
            let isClock = first < 4096 || Int64(bitPattern: first) < 0 || (0x8000_0000...0xffff_ffff).contains(first)
            call.number = isClock ? SystemCallNumber.clockNanosleep : SystemCallNumber.nanosleep
        } else if waitChannel.contains("poll") {
            call.number = SystemCallNumber.poll
        }
        return call
    }
}
