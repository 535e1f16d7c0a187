/// Calls that wait until a descriptor, a process or a signal is ready, and those that make it so: man pages of sections
/// 2, 3 and 7, by name; numbers of arguments are those of the wrappers in glibc 2.36.
extension KnownFunctionTable {
    mutating func addDescriptors() {
        library = .libc
        addReads()
        addWrites()
        addPolls()
        addProcesses()
        addSignals()
        addMessages()
    }

    private mutating func addReads() {
        let reads: Primitive = .wait(.fileDescriptor, 0).shared
        primitive("read __read __read_chk __read_nocancel recv __recv __recv_chk", does: reads)
        primitive("recvfrom __recvfrom_chk recvmsg recvmmsg readv preadv preadv64 preadv2 preadv64v2", does: reads)
        primitive("pread pread64 __pread64 __pread_chk __pread64_chk __pread64_nocancel", does: reads)
        primitive("accept accept4 eventfd_read connect __connect", does: reads)
        primitive("vmsplice tcdrain fsync fdatasync", does: reads)
        filling("read __read __read_chk __read_nocancel recv __recv __recv_chk", [1])
        filling("recvfrom __recvfrom_chk recvmsg recvmmsg readv preadv preadv64 preadv2 preadv64v2", [1])
        scattering("recvmsg recvmmsg readv preadv preadv64 preadv2 preadv64v2", [1])
        filling("pread pread64 __pread64 __pread_chk __pread64_chk __pread64_nocancel", [1])
        filling("eventfd_read", [1])
        // Streams, by their FILE.
        let reading: Primitive = .wait(.fileDescriptor, nil).shared
        primitive("fgetc getc getchar fgets gets ungetc getw fgetwc getwc fgetws", does: reading)
        primitive("getline getdelim __getdelim", does: reading)
        primitive("fread fread_unlocked __fread_chk __fread_unlocked_chk getc_unlocked fgets_unlocked", does: reading)
        filling("fread fread_unlocked __fread_chk __fread_unlocked_chk", [0])
        primitive("sendfile sendfile64", does: Self.both(from: 1, to: 0))
        primitive("splice copy_file_range", does: Self.both(from: 0, to: 2))
        primitive("tee", does: Self.both(from: 0, to: 1))
    }

    /// Takes from one descriptor and gives to another.
    private static func both(from source: Operand, to target: Operand) -> Primitive {
        var primitive = Primitive.signal(.fileDescriptor, target).shared
        primitive.secondObject = source
        primitive.secondKind = .fileDescriptor
        return primitive
    }

    private mutating func addWrites() {
        let writes: Primitive = .signal(.fileDescriptor, 0).shared
        primitive("write __write __write_nocancel send __send sendto sendmsg sendmmsg __sendmmsg", does: writes)
        primitive("writev pwritev pwritev64 pwritev2 pwritev64v2 pwrite pwrite64 __pwrite64", does: writes)
        primitive("eventfd_write timerfd_settime shutdown dprintf vdprintf __dprintf_chk", does: writes)
        // What is sent may hold a pointer, and come back by a read.
        sending("write __write __write_nocancel send __send sendto sendmsg sendmmsg __sendmmsg", [1])
        sending("writev pwritev pwritev64 pwritev2 pwritev64v2 pwrite pwrite64 __pwrite64", [1])
        sending("eventfd_write vmsplice", [1])
        // The other end of a pipe or socket reads its end of file.
        primitive("close __close __close_nocancel", does: .of(.destroy, .fileDescriptor, 0).shared)
        primitive("close_range closefrom", does: .of(.destroy, .fileDescriptor, nil).shared)
        primitive("eventfd signalfd timerfd_create epoll_create epoll_create1", does: Self.descriptor)
        primitive("socket __socket pidfd_open memfd_create inotify_init inotify_init1", does: Self.descriptor)
        primitive("open open64 openat openat64 creat creat64 dup dup2 dup3 __open __open64", does: Self.descriptor)
        primitive("pipe pipe2 __pipe", does: .of(.initialize, .fileDescriptor, .pointee(0)).shared)
        primitive("socketpair", does: .of(.initialize, .fileDescriptor, .pointee(3)).shared)
    }

    private static let descriptor = Primitive.of(.initialize, .fileDescriptor, .result).shared

    private mutating func addPolls() {
        func limit(_ operand: Operand, forever: Int64) -> Primitive.Timeout {
            Primitive.Timeout(operand: operand, forever: forever, report: .zero)
        }
        primitive("poll __poll __poll_chk", does: .wait(.descriptorSet, 0, timeout: limit(2, forever: -1)).shared)
        primitive("ppoll __ppoll_chk", does: .wait(.descriptorSet, 0, timeout: limit(2, forever: 0)).shared)
        primitive(
            "select __select pselect", does: .wait(.descriptorSet, 1, timeout: limit(4, forever: 0)).shared)
        primitive(
            "epoll_wait epoll_pwait", does: .wait(.descriptorSet, 0, timeout: limit(3, forever: -1)).shared)
        primitive("epoll_pwait2", does: .wait(.descriptorSet, 0, timeout: limit(3, forever: 0)).shared)
        // The set is a descriptor, and so is what is added to it; the event's data comes back by epoll_wait.
        var add = Primitive.of(.register, .descriptorSet, 0).shared
        add.secondObject = 2
        add.secondKind = .fileDescriptor
        primitive("epoll_ctl", does: add)
        sending("epoll_ctl", [3])
        filling("epoll_wait epoll_pwait epoll_pwait2", [1])
        primitive("aio_suspend aio_suspend64", does: .wait(.descriptorSet, 0, timeout: limit(2, forever: 0)))
        primitive("gai_suspend", does: .wait(.descriptorSet, 0, timeout: limit(2, forever: 0)))
    }

    private mutating func addProcesses() {
        primitive("waitpid __waitpid wait4", does: .of(.join, .process, 0).shared)
        primitive("wait __wait wait3", does: .of(.join, .process, nil).shared)
        primitive("waitid", does: .of(.join, .process, 1).shared)
        primitive("pclose system", does: .of(.join, .process, nil).shared)
        primitive("fork __fork _Fork vfork __vfork", does: .of(.create, .process, .result).shared)
        primitive("posix_spawn posix_spawnp", does: .of(.create, .process, .pointee(0)).shared)
        primitive("popen", does: .of(.create, .process, .result).shared)
        primitive("exit _exit _Exit quick_exit abort", does: .of(.exit, .process, .caller).shared)
        primitive("flock", does: .acquire(.fileLock, 0).shared)
        primitive("lockf lockf64", does: .acquire(.fileLock, 0).shared)
        primitive("flockfile", does: .acquire(.streamLock, 0))
        primitive("ftrylockfile", does: .of(.tryAcquire, .streamLock, 0))
        primitive("funlockfile", does: .of(.release, .streamLock, 0))
        let until = Primitive.Timeout(operand: 0, report: .zero)
        primitive("sleep usleep nanosleep __nanosleep thrd_sleep", does: .wait(.timer, nil, timeout: until))
        primitive(
            "clock_nanosleep",
            does: .wait(.timer, nil, timeout: Primitive.Timeout(operand: 2, report: .zero)))
    }

    private mutating func addSignals() {
        let until = Primitive.Timeout(operand: 2, forever: 0, report: .errno)
        primitive("sigwait sigwaitinfo", does: .wait(.processSignal, 0).shared)
        primitive("sigtimedwait __sigtimedwait", does: .wait(.processSignal, 0, timeout: until).shared)
        primitive("sigsuspend __sigsuspend", does: .wait(.processSignal, 0).shared)
        primitive("pause sigpause __sigpause", does: .wait(.processSignal, nil).shared)
        primitive("kill sigqueue killpg", does: .signal(.processSignal, 1).shared)
        primitive("pthread_kill pthread_sigqueue", does: .signal(.processSignal, 1))
        primitive("tgkill", does: .signal(.processSignal, 2).shared)
        primitive("raise gsignal", does: .signal(.processSignal, 0))
        primitive("pidfd_send_signal", does: .signal(.processSignal, 1).shared)
        primitive("timer_settime", does: .signal(.timer, 0))
        primitive("timer_create", does: .of(.initialize, .timer, .pointee(2)))
        primitive("timer_delete", does: .of(.destroy, .timer, 0))
        primitive("setitimer alarm ualarm", does: .signal(.timer, nil))
    }

    private mutating func addMessages() {
        let errno = { Primitive.Timeout(operand: $0, forever: 0, report: .errno) }
        primitive("mq_receive", does: .wait(.messageQueue, 0).shared)
        primitive("mq_timedreceive", does: .wait(.messageQueue, 0, timeout: errno(4)).shared)
        primitive("mq_send mq_timedsend", does: .signal(.messageQueue, 0).shared)
        primitive("msgrcv", does: .wait(.messageQueue, 0).shared)
        primitive("msgsnd", does: .signal(.messageQueue, 0).shared)
        filling("mq_receive mq_timedreceive msgrcv", [1])
        sending("mq_send mq_timedsend msgsnd", [1])
        // Waits, signals or both, by the sign of sem_op in what the second argument points to.
        primitive("semop", does: .of(.arriveAndWait, .semaphoreSet, 0).shared)
        var timed = Primitive.of(.arriveAndWait, .semaphoreSet, 0).shared
        timed.timeout = errno(3)
        primitive("semtimedop", does: timed)
        primitive("semctl", does: .signal(.semaphoreSet, 0, .all).shared)
        primitive("semget", does: .of(.initialize, .semaphoreSet, .result).shared)
    }
}
