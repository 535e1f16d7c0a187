/// Numbers of the x86-64 system calls that can block: arch/x86/entry/syscalls/syscall_64.tbl of Linux.
enum X86SystemCall {
    static let read = 0
    static let write = 1
    static let open = 2
    static let close = 3
    static let poll = 7
    static let ioctl = 16
    static let pread64 = 17
    static let pwrite64 = 18
    static let readv = 19
    static let writev = 20
    static let select = 23
    static let pause = 34
    static let nanosleep = 35
    static let connect = 42
    static let accept = 43
    static let sendto = 44
    static let recvfrom = 45
    static let sendmsg = 46
    static let recvmsg = 47
    static let vfork = 58
    static let wait4 = 61
    static let semop = 65
    static let msgsnd = 69
    static let msgrcv = 70
    static let fcntl = 72
    static let flock = 73
    static let fsync = 74
    static let fdatasync = 75
    static let rtSigtimedwait = 128
    static let rtSigsuspend = 130
    static let sync = 162
    static let futex = 202
    static let ioGetevents = 208
    static let restart = 219
    static let semtimedop = 220
    static let clockNanosleep = 230
    static let epollWait = 232
    static let mqTimedsend = 242
    static let mqTimedreceive = 243
    static let waitid = 247
    static let openat = 257
    static let pselect6 = 270
    static let ppoll = 271
    static let splice = 275
    static let tee = 276
    static let syncFileRange = 277
    static let vmsplice = 278
    static let epollPwait = 281
    static let accept4 = 288
    static let preadv = 295
    static let pwritev = 296
    static let recvmmsg = 299
    static let syncfs = 306
    static let sendmmsg = 307
    static let preadv2 = 327
    static let pwritev2 = 328
    static let ioUringEnter = 426
    static let epollPwait2 = 441
    static let futexWaitv = 449
    static let futexWait = 455
    static let copyFileRange = 326
    static let sendfile = 40
    static let ioPgetevents = 333

    /// The name of a call, nil for those that the decoder does not tell apart.
    static func name(_ number: Int) -> String? { names[number] }

    private static let names: [Int: String] = [
        read: "read", write: "write", open: "open", close: "close", poll: "poll", ioctl: "ioctl",
        pread64: "pread64", pwrite64: "pwrite64", readv: "readv", writev: "writev", select: "select", pause: "pause",
        nanosleep: "nanosleep", connect: "connect", accept: "accept", sendto: "sendto", recvfrom: "recvfrom",
        sendmsg: "sendmsg", recvmsg: "recvmsg", vfork: "vfork", wait4: "wait4", semop: "semop", msgsnd: "msgsnd",
        msgrcv: "msgrcv", fcntl: "fcntl", flock: "flock", fsync: "fsync", fdatasync: "fdatasync",
        rtSigtimedwait: "rt_sigtimedwait", rtSigsuspend: "rt_sigsuspend", sync: "sync", futex: "futex",
        ioGetevents: "io_getevents", restart: "restart_syscall", semtimedop: "semtimedop",
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
