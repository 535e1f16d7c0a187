/// Numbers of x86-64 system calls (the kernel's arch/x86/entry/syscalls/syscall_64.tbl). The macros of <sys/syscall.h>
/// are defined by others and are not imported.
enum SystemCallNumber {
    static let read = 0
    static let write = 1
    static let poll = 7
    static let readv = 19
    static let writev = 20
    static let nanosleep = 35
    static let sendfile = 40
    static let connect = 42
    static let accept = 43
    static let sendto = 44
    static let recvfrom = 45
    static let sendmsg = 46
    static let recvmsg = 47
    static let semop = 65
    static let rtSigtimedwait = 128
    static let futex = 202
    static let ioGetevents = 208
    static let restartSyscall = 219
    static let semtimedop = 220
    static let clockNanosleep = 230
    static let epollWait = 232
    static let splice = 275
    static let epollPwait = 281
    static let accept4 = 288
    static let preadv = 295
    static let pwritev = 296
    static let recvmmsg = 299
    static let sendmmsg = 307
    static let ioPgetevents = 333
    static let ioUringEnter = 426
    static let epollPwait2 = 441
}
