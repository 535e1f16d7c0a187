extension KnownFunctions {
    /// What is known of a system call by its number on x86-64 (arch/x86/entry/syscalls/syscall_64.tbl of Linux 6.16), as
    /// arguments of the call itself: those of `syscall` count one more, and the instruction takes them in rdi, rsi, rdx,
    /// r10, r8 and r9.
    ///
    /// futex(2) is not among them: what it does stands in its second argument, see `Primitives.futex`. Nil for a call
    /// that is not in the table, which may wait, signal and write anything.
    static func systemCall(_ number: Int) -> KnownFunction? {
        if let known = newFutexes[number] { return known }
        return systemCallNames[number].flatMap { named($0) }
    }

    /// Calls that have the arguments of the functions of libc named like them, or of the one named here.
    private static let systemCallNames: [Int: String] = [
        0: "read", 1: "write", 2: "open", 3: "close", 4: "stat", 5: "fstat", 6: "lstat", 7: "poll", 8: "lseek",
        9: "mmap", 10: "mprotect", 11: "munmap", 17: "pread64", 18: "pwrite64", 19: "readv", 20: "writev",
        21: "access", 22: "pipe", 23: "select", 24: "sched_yield", 25: "mremap", 26: "msync", 27: "mincore",
        28: "madvise", 32: "dup", 33: "dup2", 34: "pause", 35: "nanosleep", 37: "alarm", 39: "getpid", 40: "sendfile",
        41: "socket", 42: "connect", 43: "accept", 44: "sendto", 45: "recvfrom", 46: "sendmsg", 47: "recvmsg",
        48: "shutdown", 49: "bind", 50: "listen", 53: "socketpair", 54: "setsockopt", 55: "getsockopt", 61: "wait4",
        62: "kill", 63: "uname", 65: "semop", 66: "semctl", 69: "msgsnd", 70: "msgrcv", 72: "fcntl", 73: "flock",
        74: "fsync", 75: "fdatasync", 76: "truncate", 77: "ftruncate", 79: "getcwd", 82: "rename", 83: "mkdir",
        84: "rmdir", 87: "unlink", 89: "readlink", 96: "gettimeofday", 97: "getrlimit", 98: "getrusage",
        99: "sysinfo", 102: "getuid", 104: "getgid", 107: "geteuid", 108: "getegid", 110: "getppid",
        131: "sigaltstack", 157: "prctl", 158: "arch_prctl", 186: "gettid", 203: "sched_setaffinity",
        204: "sched_getaffinity", 209: "io_submit", 213: "epoll_create", 217: "getdents64", 220: "semtimedop",
        228: "clock_gettime",
        229: "clock_getres", 230: "clock_nanosleep", 231: "_exit", 232: "epoll_wait", 233: "epoll_ctl", 234: "tgkill",
        242: "mq_timedsend", 243: "mq_timedreceive", 247: "waitid", 257: "openat", 262: "fstatat", 263: "unlinkat",
        270: "pselect", 271: "ppoll", 275: "splice", 276: "tee", 278: "vmsplice", 281: "epoll_pwait",
        283: "timerfd_create", 284: "eventfd", 285: "fallocate", 286: "timerfd_settime", 288: "accept4",
        289: "signalfd", 290: "eventfd", 291: "epoll_create1", 292: "dup3", 293: "pipe2", 295: "preadv",
        296: "pwritev", 299: "recvmmsg", 302: "prlimit64", 307: "sendmmsg", 309: "getcpu", 318: "getrandom",
        319: "memfd_create", 332: "statx", 424: "pidfd_send_signal", 426: "io_uring_enter", 434: "pidfd_open",
        436: "close_range",
        441: "epoll_pwait2",
    ]

    /// futex_waitv and the calls of Linux 6.7 that take a futex apart (Documentation/userspace-api/futex2.rst).
    private static let newFutexes: [Int: KnownFunction] = {
        func known(_ primitive: Primitive) -> KnownFunction {
            var known = KnownFunction()
            known.primitive = primitive
            return known
        }
        let shared = { (primitive: Primitive) in known(primitive.shared) }
        var requeue = Primitive.signal(.futex, .pointee(0, offset: 8), .count(2))
        requeue.secondObject = .pointee(0, offset: 32)
        requeue.secondKind = .futex
        return [
            // An array of words, each with its address at 8.
            449: shared(
                .wait(
                    .futex, .pointee(0, offset: 8),
                    timeout: Primitive.Timeout(operand: 3, forever: 0, report: .errno))),
            454: shared(.signal(.futex, 0, .count(2))),
            455: shared(
                .wait(.futex, 0, timeout: Primitive.Timeout(operand: 4, forever: 0, report: .errno))),
            456: shared(requeue),
        ]
    }()
}
