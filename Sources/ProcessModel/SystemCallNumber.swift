/// Numbers of the x86-64 system calls that can block: arch/x86/entry/syscalls/syscall_64.tbl of Linux. The macros of
/// <sys/syscall.h> are defined by others and are not imported.
package enum SystemCallNumber {
    package static let read = 0
    package static let write = 1
    package static let open = 2
    package static let close = 3
    package static let poll = 7
    package static let ioctl = 16
    package static let pread64 = 17
    package static let pwrite64 = 18
    package static let readv = 19
    package static let writev = 20
    package static let select = 23
    package static let pause = 34
    package static let nanosleep = 35
    package static let sendfile = 40
    package static let connect = 42
    package static let accept = 43
    package static let sendto = 44
    package static let recvfrom = 45
    package static let sendmsg = 46
    package static let recvmsg = 47
    package static let vfork = 58
    package static let wait4 = 61
    package static let semop = 65
    package static let msgsnd = 69
    package static let msgrcv = 70
    package static let fcntl = 72
    package static let flock = 73
    package static let fsync = 74
    package static let fdatasync = 75
    package static let rtSigtimedwait = 128
    package static let rtSigsuspend = 130
    package static let sync = 162
    package static let futex = 202
    package static let ioGetevents = 208
    package static let restartSyscall = 219
    package static let semtimedop = 220
    package static let clockNanosleep = 230
    package static let epollWait = 232
    package static let mqTimedsend = 242
    package static let mqTimedreceive = 243
    package static let waitid = 247
    package static let openat = 257
    package static let pselect6 = 270
    package static let ppoll = 271
    package static let splice = 275
    package static let tee = 276
    package static let syncFileRange = 277
    package static let vmsplice = 278
    package static let epollPwait = 281
    package static let accept4 = 288
    package static let preadv = 295
    package static let pwritev = 296
    package static let recvmmsg = 299
    package static let syncfs = 306
    package static let sendmmsg = 307
    package static let copyFileRange = 326
    package static let preadv2 = 327
    package static let pwritev2 = 328
    package static let ioPgetevents = 333
    package static let ioUringEnter = 426
    package static let epollPwait2 = 441
    package static let futexWaitv = 449
    package static let futexWait = 455

    /// The name of a call, nil for those that the decoder does not tell apart.
    package static func name(_ number: Int) -> String? { names[number] }

    private static let names: [Int: String] = [
        read: "read", write: "write", open: "open", close: "close", poll: "poll", ioctl: "ioctl",
        pread64: "pread64", pwrite64: "pwrite64", readv: "readv", writev: "writev", select: "select", pause: "pause",
        nanosleep: "nanosleep", connect: "connect", accept: "accept", sendto: "sendto", recvfrom: "recvfrom",
        sendmsg: "sendmsg", recvmsg: "recvmsg", vfork: "vfork", wait4: "wait4", semop: "semop", msgsnd: "msgsnd",
        msgrcv: "msgrcv", fcntl: "fcntl", flock: "flock", fsync: "fsync", fdatasync: "fdatasync",
        rtSigtimedwait: "rt_sigtimedwait", rtSigsuspend: "rt_sigsuspend", sync: "sync", futex: "futex",
        ioGetevents: "io_getevents", restartSyscall: "restart_syscall", semtimedop: "semtimedop",
        clockNanosleep: "clock_nanosleep", epollWait: "epoll_wait", mqTimedsend: "mq_timedsend",
        mqTimedreceive: "mq_timedreceive", waitid: "waitid", openat: "openat", pselect6: "pselect6", ppoll: "ppoll",
        splice: "splice", tee: "tee", syncFileRange: "sync_file_range", vmsplice: "vmsplice",
        epollPwait: "epoll_pwait", accept4: "accept4", preadv: "preadv", pwritev: "pwritev", recvmmsg: "recvmmsg",
        syncfs: "syncfs", sendmmsg: "sendmmsg", preadv2: "preadv2", pwritev2: "pwritev2",
        ioUringEnter: "io_uring_enter", epollPwait2: "epoll_pwait2", futexWaitv: "futex_waitv",
        futexWait: "futex_wait", copyFileRange: "copy_file_range", sendfile: "sendfile",
        ioPgetevents: "io_pgetevents",
    ]
}
