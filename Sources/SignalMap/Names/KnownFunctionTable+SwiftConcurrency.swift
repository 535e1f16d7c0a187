/// Swift's tasks: entry points of the runtime (include/swift/Runtime/Concurrency.h and lib/IRGen's RuntimeFunctions.def
/// of Swift 6), which compiled code calls, and functions of the library over them by mangled name.
///
/// The frame of the calling async function travels in its own register and counts as no argument. Where a result of a
/// generic type is written to is the first argument of an async function, and of others in rax, no argument. A call in an async function returns to the part of the function that follows the
/// suspension, whose address it is passed.
extension KnownFunctionTable {
    mutating func addSwiftConcurrency() {
        library = .swiftConcurrency
        addTasks()
        addContinuations()
        addTaskGroups()
        addExecutors()
        addAsyncStreams()
    }

    private mutating func addTasks() {
        // flags, options, type of the result, function, its context
        primitive("swift_task_create", does: .create(.task, .result, .swiftAsync(3, context: 4)))
        primitive("swift_task_immediate swift_task_create_common", does: .create(.task, .result, .notShown))
        primitive("swift_asyncLet_begin", does: .create(.task, 0, .swiftAsync(3, context: 4)))
        primitive(
            """
            swift_asyncLet_get swift_asyncLet_get_throwing swift_asyncLet_consume swift_asyncLet_consume_throwing
            swift_asyncLet_finish
            """, does: .of(.join, .task, 0))
        // Where to put the result, the task.
        primitive("swift_task_future_wait swift_task_future_wait_throwing", does: .of(.join, .task, 1))
        primitive(
            "$sScT5valuexvg $sScT6results6ResultOyxq_Gvg $sScTss5NeverORs_rlE5valuexvg", does: .of(.join, .task, 1))
        // Wakes what sleeps in the task, and runs its handlers at once.
        primitive("swift_task_cancel $sScT6cancelyyF $sSct6cancelyyF", does: .signal(.task, 0))
        callback("swift_task_addCancellationHandler", at: .later, .swiftClosure(0, context: 1))
        callback("swift_task_addPriorityEscalationHandler", at: .later, .swiftClosure(0, context: 1))
        primitive(
            """
            $sScTss5NeverORszABRs_rlE5sleep11nanosecondsys6UInt64V_tYaKFZ $sScTss5NeverORszABRs_rlE5sleepyys6UInt64VYaFZ
            $ss15ContinuousClockV5sleep5until9toleranceyAB7InstantV_s8DurationVSgtYaKF
            $ss15SuspendingClockV5sleep5until9toleranceyAB7InstantV_s8DurationVSgtYaKF
            $ss5ClockP5sleep5until9tolerancey7InstantQz_8DurationQzSgtYaKFTj
            $sScTss5NeverORszABRs_rlE5sleep5until9tolerance5clocky7InstantQyd___8DurationQyd__Sgqd__tYaKs5ClockRd__lFZ
            """, does: .wait(.timer, nil, timeout: Primitive.Timeout(operand: 0, report: .notTold)))
        // Operation and handler are closures; the handler may run on any thread, even after the operation began.
        for name in [
            "$ss27withTaskCancellationHandler9operation8onCancelxxyYaKXE_yyYbXEtYaKlF",
            "$ss27withTaskCancellationHandler9operation8onCancel9isolationxxyYaKXE_yyYbXEScA_pSgYitYaKlF",
        ] {
            callback(name, at: .now, .swiftAsync(1, context: 2))
            callback(name, at: .later, .swiftClosure(3, context: 4))
        }
        plain(
            """
            swift_task_getCurrent swift_task_currentPriority swift_task_basePriority swift_task_isCancelled
            swift_task_getMainExecutor swift_task_getCurrentExecutor swift_task_isCurrentExecutor
            swift_task_localValueGet swift_task_localValuePop swift_task_removeCancellationHandler swift_task_dealloc
            swift_task_dealloc_through swift_task_getJobFlags swift_task_getJobTaskId swift_taskGroup_isCancelled
            swift_taskGroup_isEmpty swift_task_reportUnexpectedExecutor swift_defaultActor_initialize
            swift_defaultActor_destroy swift_defaultActor_deallocate swift_get_time swift_get_clock_res
            """)
        for name in ["swift_task_localValueGet", "swift_task_getCurrent"] { change(name) { $0.result = .unknown } }
        keeping("swift_task_localValuePush", [0, 1])
        allocating("swift_task_alloc", size: 0)
    }

    private mutating func addContinuations() {
        // The frame's part for the continuation, and flags; what is returned resumes it: both stand for one object. What
        // waits is passed the first, what resumes the second, so neither names the other's object.
        var start = Primitive.of(.initialize, .continuation, 0)
        start.secondObject = .result
        start.secondKind = .continuation
        primitive("swift_continuation_init", does: start)
        change("swift_continuation_init") { $0.result = .unknown }
        primitive("swift_continuation_await", does: .wait(.continuation, nil))
        primitive(
            """
            swift_continuation_resume swift_continuation_throwingResume swift_continuation_throwingResumeWithError
            """, does: .signal(.continuation, 0))
        // A checked one is an object that holds the continuation.
        primitive("$sScC6resume9returningyxn_tF $sScC6resume8throwingyq_n_tF", does: .signal(.continuation, nil))
        // Call the closure with the continuation, and wait until somebody resumes it.
        for (name, function) in [
            ("$ss23withCheckedContinuation8function_xSS_yScCyxs5NeverOGXEtYalF", 3),
            ("$ss23withCheckedContinuation9isolation8function_xScA_pSgYi_SSyScCyxs5NeverOGXEtYalF", 5),
            ("$ss31withCheckedThrowingContinuation8function_xSS_yScCyxs5Error_pGXEtYaKlF", 3),
            ("$ss31withCheckedThrowingContinuation9isolation8function_xScA_pSgYi_SSyScCyxs5Error_pGXEtYaKlF", 5),
        ] {
            primitive(name, does: .wait(.continuation, nil))
            callback(
                name, at: .now, .swiftClosure(.argument(function), context: .argument(function + 1)))
        }
    }

    private mutating func addTaskGroups() {
        // They wait for the children, and name the group.
        primitive("swift_taskGroup_wait_next_throwing swift_taskGroup_waitAll", does: .of(.join, .task, nil))
        primitive("swift_taskGroup_cancelAll", does: .signal(.task, 0, .all))
        primitive(
            "swift_taskGroup_initialize swift_taskGroup_initializeWithFlags", does: .of(.initialize, .task, 0))
        primitive("swift_taskGroup_destroy", does: .of(.destroy, .task, 0))
        primitive(
            """
            $sScG4nextxSgyYaF $sScG4next9isolationxSgScA_pSgYi_tYaF $sScG8IteratorV4nextxSgyYaF
            $sScG8IteratorV4next9isolationxSgScA_pSgYi_tYaF $sScG22awaitAllRemainingTasksyyYaF
            $sScG22awaitAllRemainingTasks9isolationyScA_pSgYi_tYaF $sScg4nextxSgyYaKF
            $sScg4next9isolationxSgScA_pSgYi_tYaKF $sScg8IteratorV4nextxSgyYaKF
            $sScg8IteratorV4next9isolationxSgScA_pSgYi_tYaq_YKF $sScg10nextResults0B0Oyxq_GSgyYaKF
            $sScg11_waitForAllyyYaKF $sScg22awaitAllRemainingTasksyyYaF
            $sScg22awaitAllRemainingTasks9isolationyScA_pSgYi_tYaF $ss19DiscardingTaskGroupV22awaitAllRemainingTasksyyYaKF
            $ss27ThrowingDiscardingTaskGroupV22awaitAllRemainingTasks9bodyErrorys0J0_pSg_tYaKF
            """, does: .of(.join, .task, nil))
    }

    private mutating func addExecutors() {
        // Goes on at the first argument, on the executor of the next two.
        primitive("swift_task_switch", does: .submit(to: 1, .function(0), argument: .swiftAsyncContext))
        primitive("swift_task_suspend", does: .wait(.task, .caller))
        // A job: a task, whose own function it is that runs.
        primitive("swift_task_enqueue", does: .submit(to: 1, .notShown, argument: 0))
        primitive(
            "swift_task_enqueueGlobal swift_task_enqueueMainExecutor", does: .submit(to: nil, .notShown, argument: 0))
        primitive("swift_task_enqueueGlobalWithDelay", does: .submit(to: nil, .notShown, argument: 1))
        primitive("swift_task_enqueueGlobalWithDeadline", does: .submit(to: nil, .notShown))
        primitive("swift_task_enqueueOnDispatchQueue", does: .submit(to: 1, .notShown, argument: 0))
        primitive("swift_defaultActor_enqueue", does: .submit(to: 1, .notShown, argument: 0))
        primitive("swift_job_run", does: .perform(on: 1, .notShown, argument: 0))
        primitive("swift_task_startOnMainActor", does: .submit(to: nil, .notShown, argument: 0))
        // The end of main in an async program: serves the main queue until the process ends.
        primitive("swift_task_asyncMainDrainQueue", does: .wait(.queue, nil))
    }

    /// An iterator and a continuation hold the stream's storage each in a way of its own: neither names what the other
    /// works on.
    private mutating func addAsyncStreams() {
        primitive(
            """
            $sScS8IteratorV4nextxSgyYaF $sScS8IteratorV4next9isolationxSgScA_pSgYi_tYaF $sScs8IteratorV4nextxSgyYaKF
            $sScs8IteratorV4next9isolationxSgScA_pSgYi_tYaq_YKF
            """, does: .wait(.messageQueue, nil))
        primitive(
            """
            $sScS12ContinuationV5yieldyAB11YieldResultOyx__GxnF $sScS12ContinuationV6finishyyF
            $sScS12ContinuationV5yield4withAB11YieldResultOyx__Gs0E0Oyxs5NeverOG_tF
            $sScS12ContinuationV5yieldAB11YieldResultOyyt__GyytRszlF
            $sScs12ContinuationV5yieldyAB11YieldResultOyxq___GxnF $sScs12ContinuationV6finish8throwingyq_Sgn_tF
            $sScs12ContinuationV5yield4withAB11YieldResultOyxs5Error_p__Gs0E0OyxsAG_pG_tsAG_pRs_rlF
            $sScs12ContinuationV5yieldAB11YieldResultOyytq___GyytRszrlF
            """, does: .signal(.messageQueue, nil))
    }
}
