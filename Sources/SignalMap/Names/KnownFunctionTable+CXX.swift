/// libstdc++: conditions, threads, futures, once. What headers inline ends in POSIX threads or in futex(2).
///
/// Sources: the headers of libstdc++ 12 (condition_variable, std_thread.h, bits/atomic_futex.h, mutex, future) and its
/// src/c++11. A class that is not trivially copied (unique_ptr, unique_lock) is passed by its address (Itanium C++ ABI
/// 3.1.2.3).
extension KnownFunctionTable {
    mutating func addStandardCXX() {
        library = .libstdcxx
        // unique_lock: the mutex, then whether it is held.
        primitive(
            "_ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE",
            does: .wait(.condition, 0, lock: .pointee(1)))
        primitive("_ZNSt18condition_variable10notify_oneEv", does: .signal(.condition, 0))
        primitive("_ZNSt18condition_variable10notify_allEv", does: .signal(.condition, 0, .all))
        primitive(
            "_ZNSt18condition_variableC1Ev", "_ZNSt18condition_variableC2Ev",
            does: .of(.initialize, .condition, 0))
        primitive(
            "_ZNSt18condition_variableD1Ev", "_ZNSt18condition_variableD2Ev", does: .of(.destroy, .condition, 0))
        // Signals when the calling thread ends, and lets go of the lock by then.
        primitive(
            "_ZSt25notify_all_at_thread_exitRSt18condition_variableSt11unique_lockISt5mutexE",
            does: Primitive(
                operation: .signal, kind: .condition, object: 0, lock: .pointee(1), wakes: .all))
        // A condition behind a shared_ptr's mutex; waits and signals are inlined over pthread_cond.
        primitive(
            "_ZNSt22condition_variable_anyC1Ev", "_ZNSt22condition_variable_anyC2Ev",
            does: .of(.initialize, .condition, 0))
        primitive(
            "_ZNSt22condition_variable_anyD1Ev", "_ZNSt22condition_variable_anyD2Ev",
            does: .of(.destroy, .condition, 0))

        // A thread's state: two destructors, then _M_run, at 16 from the address point of its vtable.
        primitive(
            "_ZNSt6thread15_M_start_threadESt10unique_ptrINS_6_StateESt14default_deleteIS1_EEPFvvE",
            does: .create(.thread, .pointee(0), .method(.pointee(1), slot: 16)))
        // _Impl_base of libstdc++ before 6, kept for old programs, in a shared_ptr: the same place of _M_run.
        primitive(
            "_ZNSt6thread15_M_start_threadESt10shared_ptrINS_10_Impl_baseEE",
            "_ZNSt6thread15_M_start_threadESt10shared_ptrINS_10_Impl_baseEEPFvvE",
            does: .create(.thread, .pointee(0), .method(.pointee(1), slot: 16)))
        primitive("_ZNSt6thread4joinEv", does: .of(.join, .thread, .pointee(0)))
        primitive("_ZNSt6thread6detachEv", does: .of(.detach, .thread, .pointee(0)))

        // The word of a future's state: argument 1; the value that it must no longer have, whether there is a limit,
        // its seconds and nanoseconds. False when the time is up.
        let until = Primitive.Timeout(operand: 3, forever: 0, report: .zero)
        primitive(
            "_ZNSt28__atomic_futex_unsigned_base19_M_futex_wait_untilEPjjbNSt6chrono8durationI"
                + "lSt5ratioILl1ELl1EEEENS2_IlS3_ILl1ELl1000000000EEEE",
            "_ZNSt28__atomic_futex_unsigned_base26_M_futex_wait_until_steadyEPjjbNSt6chrono8durationI"
                + "lSt5ratioILl1ELl1EEEENS2_IlS3_ILl1ELl1000000000EEEE",
            does: .wait(.future, 1, timeout: until))
        primitive(
            "_ZNSt28__atomic_futex_unsigned_base19_M_futex_notify_allEPj", does: .signal(.future, 1, .all))
        // Makes the state ready when the calling thread ends; what it is called on only leads to the state.
        primitive("_ZNSt13__future_base13_State_baseV211_Make_ready6_M_setEv", does: .signal(.future, nil, .all))
        keeping("_ZNSt13__future_base13_State_baseV211_Make_ready6_M_setEv", [0])
        // Passed to pthread_once by call_once; calls what stands in the thread-local __once_callable and __once_call.
        callback("__once_proxy", at: .now, .notShown)
    }
}
