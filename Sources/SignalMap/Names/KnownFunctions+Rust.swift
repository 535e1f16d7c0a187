/// Functions of Rust's standard library and of parking_lot, by their paths.
///
/// Sources: library/std/src/sys/sync (futex versions), sys/pal/unix/futex.rs, sys/unix/locks before 1.75, thread and
/// sync/mpsc of Rust 1.63 to 1.95; parking_lot 0.12 and parking_lot_core 0.9. Modules move between releases, so std's are
/// known by type and function. The fast paths of locks and signals are inlined everywhere: what remains is the slow path,
/// or the call of `futex_wake` or of syscall itself.
///
/// A result of more than two words is written through a hidden first argument. An `Option` of a time takes two
/// arguments; none is told by its nanoseconds being 1,000,000,000.
extension KnownFunctions {
    /// What is known of a Rust function.
    static func rust(_ symbol: String) -> KnownFunction? {
        guard symbol.hasPrefix("_R") || symbol.hasPrefix("_ZN"), let path = RustPath(symbol) else { return nil }
        switch path.crate {
        case "std":
            guard path.parts.count > 2 else { return nil }
            switch path.parts[1] {
            case "sys": return system[path.last(2)]
            // "std::thread::park" of old, "std::thread::functions::park" now.
            case "thread": return standard[path.last(2)] ?? (path.parts.count <= 4 ? threads[path.last(1)] : nil)
            default: return standard[path.last(2)]
            }
        case "parking_lot", "parking_lot_core", "lock_api":
            return parkingLot[path.last(2)]
        case "__rustc":
            return allocators[path.last(1)]
        default:
            return nil
        }
    }

    private static func with(_ primitive: Primitive) -> KnownFunction {
        var known = KnownFunction()
        known.primitive = primitive
        return known
    }

    private static func limit(_ operand: Operand, _ report: Primitive.Timeout.Report) -> Primitive.Timeout {
        Primitive.Timeout(operand: operand, forever: 1_000_000_000, report: report)
    }

    /// Of std::sys, which is not the same on every system.
    private static let system: [String: KnownFunction] = {
        var table: [String: KnownFunction] = [:]
        func add(_ name: String, _ primitive: Primitive) { table[name] = with(primitive) }
        // Of futexes: the word, the value that it is expected to have, the limit; false when the time is up.
        add("futex::futex_wait", .wait(.futex, 0, timeout: limit(3, .zero)))
        add("futex::futex_wake", .signal(.futex, 0))
        add("futex::futex_wake_all", .signal(.futex, 0, .all))
        add("Mutex::lock_contended", .acquire(.mutex, 0))
        add("Mutex::wake", .of(.release, .mutex, 0))
        add("Condvar::wait", .wait(.condition, 0, lock: 1))
        let until = Primitive.Timeout(operand: 2, report: .zero)
        add("Condvar::wait_timeout", .wait(.condition, 0, lock: 1, timeout: until))
        add("Condvar::wait_optional_timeout", .wait(.condition, 0, lock: 1, timeout: limit(3, .zero)))
        add("Condvar::notify_one", .signal(.condition, 0))
        add("Condvar::notify_all", .signal(.condition, 0, .all))
        add("RwLock::read_contended", .acquire(.readLock, 0))
        add("RwLock::write_contended", .acquire(.writeLock, 0))
        add("RwLock::wake_writer_or_readers", .of(.release, .writeLock, 0))
        add("Once::call", calledOnce)
        add("Once::wait", .wait(.once, 0))
        // How big a stack, and a box with what to run, whose layout is the release's own.
        add("Thread::new", .create(.thread, .result, .notShown, argument: 1))
        add("Thread::join", .of(.join, .thread, 0))
        for name in ["linux_like::register", "thread_local_dtor::register_dtor"] {
            var known = KnownFunction()
            known.callbacks = [.init(moment: .threadExit, routine: Routine(target: .function(1), argument: 0))]
            table[name] = known
        }
        return table
    }()

    /// A closure as a pointer and a vtable: drop, size, alignment, call_once, call_mut. The second argument says whether
    /// a panic of an earlier call counts.
    private static let calledOnce = Primitive.once(0, .dynamic(2, vtable: 3, slot: 32))

    /// What programs name themselves. Generic functions are compiled into the program that uses them, and not here.
    private static let standard: [String: KnownFunction] = {
        var table: [String: KnownFunction] = [:]
        func add(_ name: String, _ primitive: Primitive) { table[name] = with(primitive) }
        add("Condvar::notify_one", .signal(.condition, 0))
        add("Condvar::notify_all", .signal(.condition, 0, .all))
        add("Once::call_inner", calledOnce)
        add("Once::wait", .wait(.once, 0))
        add("Barrier::wait", .of(.arriveAndWait, .barrier, 0))
        add("Thread::unpark", .signal(.parkToken, 0))
        add("Thread::park", .wait(.parkToken, 0))
        let until = Primitive.Timeout(operand: 1, report: .notTold)
        add("Thread::park_timeout", .wait(.parkToken, 0, timeout: until))
        // Channels of 1.66 and before; false when the time is up.
        add("WaitToken::wait", .wait(.parkToken, 0))
        let end = Primitive.Timeout(operand: 1, report: .zero)
        add("WaitToken::wait_max_until", .wait(.parkToken, 0, timeout: end))
        add("SignalToken::signal", .signal(.parkToken, .pointee(0)))
        // Channels since: the context is the waiting thread's; a waker holds those of the others.
        add("Context::wait_until", .wait(.parkToken, .caller, timeout: limit(2, .notTold)))
        for name in ["Waker::notify", "Waker::disconnect", "SyncWaker::notify", "SyncWaker::disconnect"] {
            add(name, .signal(.parkToken, nil, .all))
        }
        add("Waker::try_select", .signal(.parkToken, nil))
        // The end of a scope waits for its threads.
        add("ScopeData::decrement_num_running_threads", .signal(.parkToken, .pointee(0)))
        // Where a thread's token stands, of 1.63; the rest does nothing to it.
        var parker = KnownFunction()
        parker.result = .within(0)
        table["Inner::parker"] = parker
        for name in ["Barrier::new", "NoCheck::verify", "ScopeData::increment_num_running_threads"] {
            table[name] = KnownFunction()
        }
        var hook = KnownFunction()
        hook.callbacks = [.init(moment: .later, routine: Routine(target: .dynamic(0, vtable: 1, slot: 40)))]
        table["panicking::set_hook"] = hook
        return table
    }()

    private static let threads: [String: KnownFunction] = [
        "park": with(.wait(.parkToken, .caller)),
        "park_timeout": with(
            .wait(.parkToken, .caller, timeout: Primitive.Timeout(operand: 0, report: .notTold))),
        "sleep": with(.wait(.timer, nil, timeout: Primitive.Timeout(operand: 0, report: .notTold))),
        "yield_now": KnownFunction(),
    ]

    private static let parkingLot: [String: KnownFunction] = {
        var table: [String: KnownFunction] = [:]
        func add(_ name: String, _ primitive: Primitive) { table[name] = with(primitive) }
        add("parking_lot::park", .wait(.parkingLot, 0))
        add("parking_lot::unpark_all", .signal(.parkingLot, 0, .all))
        // Their results are written through the first argument.
        add("parking_lot::unpark_one", .signal(.parkingLot, 1))
        add("parking_lot::unpark_filter", .signal(.parkingLot, 1, .all))
        var requeue = Primitive.signal(.parkingLot, 1)
        requeue.secondObject = 2
        requeue.secondKind = .parkingLot
        add("parking_lot::unpark_requeue", requeue)
        add("RawMutex::lock_slow", .acquire(.mutex, 0, timeout: limit(2, .zero)))
        add("RawMutex::unlock_slow", .of(.release, .mutex, 0))
        add("RawMutex::bump_slow", .of(.release, .mutex, 0))
        add("RawRwLock::lock_exclusive_slow", .acquire(.writeLock, 0, timeout: limit(2, .zero)))
        add("RawRwLock::lock_shared_slow", .acquire(.readLock, 0, timeout: limit(3, .zero)))
        add("RawRwLock::lock_upgradable_slow", .acquire(.readLock, 0, timeout: limit(2, .zero)))
        add("RawRwLock::upgrade_slow", .acquire(.writeLock, 0, timeout: limit(2, .zero)))
        add("RawRwLock::wait_for_readers", .acquire(.writeLock, 0, timeout: limit(2, .zero)))
        for name in ["unlock_exclusive_slow", "unlock_shared_slow", "unlock_upgradable_slow", "downgrade_slow"] {
            add("RawRwLock::" + name, .of(.release, .writeLock, 0))
        }
        add("Condvar::wait_until_internal", .wait(.condition, 0, lock: 1, timeout: limit(3, .nonzero)))
        add("Condvar::notify_one_slow", .signal(.condition, 0))
        add("Condvar::notify_all_slow", .signal(.condition, 0, .all))
        add("Once::call_once_slow", calledOnce)
        add("WordLock::lock_slow", .acquire(.mutex, 0))
        add("WordLock::unlock_slow", .of(.release, .mutex, 0))
        return table
    }()

    /// Names of the compiler's own since 1.86; before that they are not mangled.
    private static let allocators: [String: KnownFunction] = {
        var table = KnownFunctionTable()
        table.addRustAllocators()
        return table.entries
    }()
}

extension KnownFunctionTable {
    /// library/alloc/src/alloc.rs: size and alignment; pointer, size and alignment; for a change the new size last.
    mutating func addRustAllocators() {
        library = .other
        allocating("__rust_alloc __rust_alloc_zeroed __rdl_alloc __rdl_alloc_zeroed __rg_alloc", size: 0)
        allocating("__rg_alloc_zeroed", size: 0)
        allocating("__rust_realloc __rdl_realloc __rg_realloc", size: 3, replacing: 0)
        freeing("__rust_dealloc __rdl_dealloc __rg_dealloc", 0)
    }
}
