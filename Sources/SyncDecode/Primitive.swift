import ProcessModel

/// The operation in which a thread is blocked, as the function names of its stack say.
enum Primitive: Hashable {
    case mutexLock
    /// A condition wait that was woken and takes its mutex again.
    case mutexRelock
    case conditionWait
    case conditionDestroy
    /// Signalling or broadcasting: blocked on the condition's internal lock.
    case conditionSignal
    case rwlockRead
    case rwlockWrite
    case semaphoreWait
    case barrierWait
    case barrierDestroy
    case once
    case join
    case stdioLock
    /// A lock of libc's own: an allocator arena, a stream.
    case libcLock
    case guardVariable
    case future
    case latch
    case atomicWait
    /// Of an atomic that is not as large as a futex: the library waits on a word of its own, shared by many objects.
    case atomicProxyWait
    case cxxSemaphore
    case cxxBarrier
    case swiftMutex
    case swiftOnce
    case dispatchSync
    case dispatchGroup
    case dispatchLock
    case dispatchOnce
    case rustMutex
    case rustRwLockRead
    case rustRwLockWrite
    case rustCondvar
    case rustOnce
    case rustPark
    case rustBarrier

    /// Objects whose layout is libc's.
    var isLibc: Bool {
        switch self {
        case .mutexLock, .mutexRelock, .conditionWait, .conditionDestroy, .conditionSignal, .rwlockRead, .rwlockWrite,
            .semaphoreWait, .barrierWait, .barrierDestroy, .once, .join, .stdioLock, .libcLock:
            true
        default: false
        }
    }

    var kind: WaitKind {
        switch self {
        case .mutexLock, .mutexRelock, .swiftMutex, .rustMutex, .dispatchLock: .mutex
        case .conditionWait, .rustCondvar: .condition
        case .conditionDestroy: .conditionDestroy
        case .rwlockRead, .rustRwLockRead: .rwlockRead
        case .rwlockWrite, .rustRwLockWrite: .rwlockWrite
        case .semaphoreWait, .cxxSemaphore: .semaphore
        case .barrierWait, .cxxBarrier, .rustBarrier: .barrier
        case .once, .guardVariable, .swiftOnce, .dispatchOnce, .rustOnce: .once
        case .join: .join
        case .stdioLock: .stdioLock
        case .future: .future
        case .latch: .latch
        case .atomicWait, .atomicProxyWait: .atomicWait
        case .dispatchSync: .dispatchSync
        case .dispatchGroup: .dispatchGroup
        case .rustPark: .park
        case .conditionSignal, .barrierDestroy, .libcLock: .futex
        }
    }
}

/// What a function's name says about a wait.
enum NameClass: Hashable {
    /// A wrapper on the way to the kernel: look further out.
    case transparent
    /// The operation, unless a function further out says it better.
    case weak(Primitive)
    case strong(Primitive)
    /// A C++ library function that says nothing: look further out, but only through its kind.
    case library
    case other
}

/// Knows functions by name. The innermost name that means something decides, because a mutex taken again inside
/// pthread_cond_wait is a wait for the mutex.
enum PrimitiveNames {
    /// Accepts demangled and linkage names, glibc's internal aliases ("__GI_", "___pthread_mutex_lock"), symbol versions
    /// ("@@GLIBC_2.2.5") and compiler suffixes (".constprop.0").
    static func classify(_ name: String) -> NameClass {
        if name.utf8.contains(UInt8(ascii: ":")) || name.hasPrefix("Synchronization.") {
            return classifyQualified(name)
        }
        let bare = bareName(name)
        // glibc's 64-bit time variants: "__pthread_rwlock_timedrdlock64", the only name in a static program.
        if bare.hasSuffix("64"), let meaning = cNames[bare.dropLast(2)] { return meaning }
        return cNames[bare] ?? swiftLinkage(name)
    }

    /// A C name without glibc's alias prefixes, symbol version and compiler suffix, and without leading underscores.
    static func bareName(_ name: String) -> Substring {
        var text = name[...]
        if let end = text.firstIndex(where: { $0 == "@" || $0 == "." }) { text = text[..<end] }
        if text.hasPrefix("__GI_") { text = text.dropFirst(5) }
        return text.drop { $0 == "_" }
    }

    private static func swiftLinkage(_ name: String) -> NameClass {
        guard name.hasPrefix("$s15Synchronization") else { return .other }
        return name.contains("MutexHandle") && name.contains("lock") ? .strong(.swiftMutex) : .transparent
    }

    private static func classifyQualified(_ name: String) -> NameClass {
        // Rust's newer mangling gives "<std::sync::barrier::Barrier>::wait" where the older gives none of the brackets.
        let name = name.hasPrefix("<") ? name.filter { $0 != "<" && $0 != ">" } : name
        for (part, meaning) in qualifiedNames where name.contains(part) { return meaning }
        return name.contains("std::") ? .library : .other
    }

    // Keys are without leading underscores. glibc 2.31 to 2.41: nptl/pthread_mutex_lock.c, pthread_mutex_timedlock.c,
    // pthread_mutex_cond_lock.c, pthread_cond_wait.c, pthread_cond_destroy.c, pthread_rwlock_common.c,
    // sem_waitcommon.c, pthread_barrier_wait.c, pthread_once.c, pthread_join_common.c, lowlevellock.c,
    // futex-internal.c, sysdeps/unix/sysv/linux/x86_64/syscall_cancel.S.
    private static let cNames: [Substring: NameClass] = {
        var names: [Substring: NameClass] = [:]
        func add(_ meaning: NameClass, _ list: Substring...) { for name in list { names[name] = meaning } }
        add(
            .transparent, "syscall", "syscall_cancel", "internal_syscall_cancel", "syscall_cancel_arch",
            "lll_lock_wait", "lll_mutex_lock_optimized", "lll_timedlock_wait", "lll_clocklock_wait", "lll_lock_elision",
            "lll_timedwait_tid",
            "lll_clockwait_tid", "lll_wait_tid", "futex_abstimed_wait_common", "futex_abstimed_wait_common64",
            "futex_abstimed_wait64", "futex_abstimed_wait_cancelable64", "futex_abstimed_wait",
            "futex_abstimed_wait_cancelable", "futex_lock_pi64", "futex_lock_pi", "futex_wait",
            "futex_wait_cancelable", "futex_wait_simple", "futex_reltimed_wait", "do_futex_wait", "futex",
            "dispatch_futex", "dispatch_futex_wait", "dispatch_wait_on_address", "dispatch_thread_event_wait_slow",
            "dispatch_thread_event_wait", "dispatch_sema4_wait", "dispatch_sema4_timedwait", "dispatch_ulock_wait",
            "dispatch_lock_wait", "dispatch_futex_lock_pi", "dispatch_futex_trylock_pi")
        add(.weak(.libcLock), "lll_lock_wait_private")
        add(
            .strong(.mutexLock), "pthread_mutex_lock", "pthread_mutex_lock_full", "pthread_mutex_timedlock",
            "pthread_mutex_clocklock", "pthread_mutex_clocklock_common", "mtx_lock", "mtx_timedlock")
        add(
            .strong(.mutexRelock), "pthread_mutex_cond_lock", "pthread_mutex_cond_lock_full",
            "pthread_mutex_cond_lock_adjust")
        add(
            .strong(.conditionWait), "pthread_cond_wait", "pthread_cond_timedwait", "pthread_cond_clockwait",
            "pthread_cond_wait_common", "cnd_wait", "cnd_timedwait")
        add(.strong(.conditionDestroy), "pthread_cond_destroy", "cnd_destroy")
        add(.strong(.conditionSignal), "pthread_cond_signal", "pthread_cond_broadcast", "cnd_signal", "cnd_broadcast")
        add(
            .strong(.rwlockRead), "pthread_rwlock_rdlock", "pthread_rwlock_rdlock_full",
            "pthread_rwlock_rdlock_full64", "pthread_rwlock_timedrdlock", "pthread_rwlock_clockrdlock")
        add(
            .strong(.rwlockWrite), "pthread_rwlock_wrlock", "pthread_rwlock_wrlock_full",
            "pthread_rwlock_wrlock_full64", "pthread_rwlock_timedwrlock", "pthread_rwlock_clockwrlock")
        add(
            .strong(.semaphoreWait), "sem_wait", "sem_timedwait", "sem_clockwait", "new_sem_wait", "new_sem_wait_slow",
            "new_sem_wait_slow64", "new_sem_wait_fast", "sem_wait_common")
        add(.strong(.barrierWait), "pthread_barrier_wait")
        add(.strong(.barrierDestroy), "pthread_barrier_destroy")
        add(.strong(.once), "pthread_once", "pthread_once_slow", "call_once")
        add(
            .strong(.join), "pthread_join", "pthread_timedjoin_np", "pthread_clockjoin_np", "pthread_clockjoin_ex",
            "pthread_timedjoin_ex", "pthread_tryjoin_np", "thrd_join")
        add(.strong(.stdioLock), "flockfile", "IO_flockfile")
        // C++ ABI: libstdc++-v3/libsupc++/guard.cc.
        add(.strong(.guardVariable), "cxa_guard_acquire")
        // Swift runtime: stdlib/public/runtime/Once.cpp.
        add(.strong(.swiftOnce), "swift_once")
        // libdispatch: src/queue.c, semaphore.c, shims/lock.c, once.c.
        add(
            .strong(.dispatchSync), "DISPATCH_WAIT_FOR_QUEUE__", "dispatch_sync_f_slow", "dispatch_sync_wait",
            "dispatch_sync_f", "dispatch_sync", "dispatch_barrier_sync_f_slow")
        add(.strong(.dispatchGroup), "dispatch_group_wait_slow", "dispatch_group_wait")
        add(.strong(.dispatchLock), "dispatch_unfair_lock_lock_slow")
        add(.strong(.dispatchOnce), "dispatch_once_wait", "dispatch_gate_wait_slow")
        return names
    }()

    // In this order: the more telling parts first.
    private static let qualifiedNames: [(String, NameClass)] = [
        // Swift: stdlib/public/Synchronization/Mutex/LinuxImpl.swift.
        ("Synchronization._MutexHandle._lock", .strong(.swiftMutex)),
        ("Synchronization._MutexHandle", .transparent),
        ("Synchronization.", .transparent),
        // Rust: library/std/src/sys/sync and, before 1.81, sys/unix/locks and sys/pal/unix/futex.rs; in 1.62 and 1.63
        // mutex and condition are both in sys/unix/locks/futex.rs. Up to 1.64 a Once lets its waiters park.
        ("::futex::futex_wait", .transparent),
        ("sync::mutex::futex::Mutex", .strong(.rustMutex)),
        ("locks::futex_mutex::Mutex", .strong(.rustMutex)),
        ("locks::futex::Mutex", .strong(.rustMutex)),
        ("sync::rwlock::futex::RwLock::read", .strong(.rustRwLockRead)),
        ("locks::futex_rwlock::RwLock::read", .strong(.rustRwLockRead)),
        ("sync::rwlock::futex::RwLock::write", .strong(.rustRwLockWrite)),
        ("locks::futex_rwlock::RwLock::write", .strong(.rustRwLockWrite)),
        ("sync::condvar::futex::Condvar", .strong(.rustCondvar)),
        ("locks::futex_condvar::Condvar", .strong(.rustCondvar)),
        ("locks::futex::Condvar", .strong(.rustCondvar)),
        ("sync::once::futex::Once", .strong(.rustOnce)),
        ("once::futex::Once", .strong(.rustOnce)),
        ("thread_parking::futex::Parker::park", .strong(.rustPark)),
        ("thread_parker::futex::Parker::park", .strong(.rustPark)),
        ("std::thread::functions::park", .strong(.rustPark)),
        ("std::thread::thread::Thread::park", .strong(.rustPark)),
        ("std::thread::Thread::park", .strong(.rustPark)),
        ("std::thread::park", .strong(.rustPark)),
        ("std::sync::once::Once::call_inner", .strong(.rustPark)),
        ("std::sync::barrier::Barrier::wait", .strong(.rustBarrier)),
        // Swift runtime: include/swift/Threading/Impl/Linux.h.
        ("swift::threading_impl::once_slow", .strong(.swiftOnce)),
        // libstdc++: include/bits/atomic_futex.h, atomic_wait.h, semaphore_base.h, std/latch, std/barrier.
        ("std::__atomic_futex_unsigned", .strong(.future)),
        ("std::latch::", .strong(.latch)),
        ("std::counting_semaphore", .strong(.cxxSemaphore)),
        ("std::__atomic_semaphore", .strong(.cxxSemaphore)),
        ("std::barrier<", .strong(.cxxBarrier)),
        ("std::__tree_barrier", .strong(.cxxBarrier)),
        ("std::__atomic_wait_address_v<int,", .strong(.atomicWait)),
        ("std::__atomic_wait_address_v<unsigned int,", .strong(.atomicWait)),
        ("std::__atomic_wait_address_v<", .strong(.atomicProxyWait)),
        ("std::__detail::__platform_wait", .weak(.atomicWait)),
        ("std::__atomic_wait_address", .weak(.atomicWait)),
        ("std::__atomic_impl::wait", .weak(.atomicWait)),
        ("std::__detail::__waiter", .weak(.atomicWait)),
        ("std::atomic_flag::wait", .weak(.atomicWait)),
        ("std::atomic_wait", .weak(.atomicWait)),
        ("std::__1::__libcpp_atomic_wait", .weak(.atomicWait)),
        ("std::__1::__cxx_atomic_wait", .weak(.atomicWait)),
    ]
}
