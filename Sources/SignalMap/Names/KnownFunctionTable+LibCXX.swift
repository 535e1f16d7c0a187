/// libc++ (libcxx/include and libcxx/src of LLVM 14 to 18): its classes stand in the namespace std::__1. Waits that its
/// headers inline end in these or in POSIX threads; std::thread starts its threads by pthread_create from the header.
extension KnownFunctionTable {
    mutating func addLibCXX() {
        library = .libcxx
        let std = "_ZNSt3__1"
        primitive(
            std + "18condition_variable4waitERNS_11unique_lockINS_5mutexEEE",
            does: .wait(.condition, 0, lock: .pointee(1)))
        // The point in time is passed by value, in one register; nothing says whether it was reached.
        primitive(
            std + "18condition_variable15__do_timed_waitERNS_11unique_lockINS_5mutexEEENS_6chrono10time_pointI"
                + "NS5_12system_clockENS5_8durationIxNS_5ratioILl1ELl1000000000EEEEEEE",
            does: .wait(
                .condition, 0, lock: .pointee(1), timeout: Primitive.Timeout(operand: 2, report: .notTold)))
        primitive(std + "18condition_variable10notify_oneEv", does: .signal(.condition, 0))
        primitive(std + "18condition_variable10notify_allEv", does: .signal(.condition, 0, .all))
        for suffix in ["D1Ev", "D2Ev"] {
            primitive(std + "18condition_variable" + suffix, does: .of(.destroy, .condition, 0))
            primitive(std + "5mutex" + suffix, does: .of(.destroy, .mutex, 0))
        }
        primitive(
            std + "25notify_all_at_thread_exitERNS_18condition_variableENS_11unique_lockINS_5mutexEEE",
            does: Primitive(operation: .signal, kind: .condition, object: 0, lock: .pointee(1), wakes: .all))
        for type in [
            "5mutex", "15recursive_mutex", "11timed_mutex", "21recursive_timed_mutex", "18shared_timed_mutex",
            "19__shared_mutex_base",
        ] {
            let kind: Primitive.Kind = type.contains("shared") ? .writeLock : .mutex
            primitive(std + type + "4lockEv", does: .acquire(kind, 0))
            primitive(std + type + "8try_lockEv", does: .of(.tryAcquire, kind, 0))
            primitive(std + type + "6unlockEv", does: .of(.release, kind, 0))
            guard kind == .writeLock else { continue }
            primitive(std + type + "11lock_sharedEv", does: .acquire(.readLock, 0))
            primitive(std + type + "15try_lock_sharedEv", does: .of(.tryAcquire, .readLock, 0))
            primitive(std + type + "13unlock_sharedEv", does: .of(.release, .writeLock, 0))
        }
        primitive(std + "6thread4joinEv", does: .of(.join, .thread, .pointee(0)))
        primitive(std + "6thread6detachEv", does: .of(.detach, .thread, .pointee(0)))
        primitive(std + "11__call_onceERVmPvPFvS2_E", does: .once(0, .function(2), argument: 1))
        addLibCXXAtomics(std)
        addLibCXXFutures(std)
    }

    /// The word, and the value that it is waited on to change from. Waiters are found by the word's address.
    private mutating func addLibCXXAtomics(_ std: String) {
        let word = "NS_17__cxx_atomic_implIiNS_22__cxx_atomic_base_implIiEEEE"
        primitive(
            std + "20__libcpp_atomic_waitEPVKvi",
            std + "20__libcpp_atomic_waitEPVKNS_17__cxx_atomic_implIiNS_22__cxx_atomic_base_implIiEEEEi",
            does: .wait(.atomicWord, 0))
        primitive(
            std + "23__cxx_atomic_notify_oneEPVKv", std + "23__cxx_atomic_notify_oneEPVK" + word,
            does: .signal(.atomicWord, 0))
        primitive(
            std + "23__cxx_atomic_notify_allEPVKv", std + "23__cxx_atomic_notify_allEPVK" + word,
            does: .signal(.atomicWord, 0, .all))
        reading(
            std + "23__libcpp_atomic_monitorEPVKv " + std + "23__libcpp_atomic_monitorEPVK" + word)
        primitive(
            std + "31__arrive_barrier_algorithm_baseEPNS_24__barrier_algorithm_baseEh",
            does: .signal(.barrier, 0, .all))
    }

    /// The shared state of a future; one of void has its methods in the library.
    private mutating func addLibCXXFutures(_ std: String) {
        let state = std + "17__assoc_sub_state"
        primitive(
            state + "10__sub_waitERNS_11unique_lockINS_5mutexEEE", state + "4waitEv", state + "4copyEv",
            does: .wait(.future, 0))
        primitive(
            state + "9set_valueEv", state + "13set_exceptionESt13exception_ptr", state + "12__make_readyEv",
            state + "24set_value_at_thread_exitEv",
            state + "28set_exception_at_thread_exitESt13exception_ptr", does: .signal(.future, 0, .all))
        primitive(std + "6futureIvE3getEv", does: .wait(.future, .pointee(0)))
        primitive(
            std + "7promiseIvE9set_valueEv", std + "7promiseIvE13set_exceptionESt13exception_ptr",
            std + "7promiseIvE24set_value_at_thread_exitEv",
            std + "7promiseIvE28set_exception_at_thread_exitESt13exception_ptr",
            does: .signal(.future, .pointee(0), .all))
        // A promise that was never kept makes its future ready with an error.
        primitive(std + "7promiseIvED1Ev", std + "7promiseIvED2Ev", does: .signal(.future, .pointee(0), .all))
    }
}
