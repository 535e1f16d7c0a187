/// Dispatch, as swift-corelibs-libdispatch has it: arguments by its headers dispatch/*.h (the manual pages in man/).
///
/// A time of all ones is for ever. Waits return 0, or another number when the time is up. Functions in _f take a context
/// and a function of it, the others a block.
extension KnownFunctionTable {
    mutating func addDispatch() {
        library = .dispatch
        let until = Primitive.Timeout(operand: 1, forever: -1, report: .nonzero)
        primitive("dispatch_semaphore_wait", does: .wait(.semaphore, 0, timeout: until))
        primitive("dispatch_semaphore_signal", does: .signal(.semaphore, 0))
        primitive("dispatch_semaphore_create", does: .of(.initialize, .semaphore, .result))
        primitive("dispatch_group_wait", does: .wait(.group, 0, timeout: until))
        primitive("dispatch_group_leave", does: .signal(.group, 0, .all))
        // The group is not done before as many have left.
        primitive("dispatch_group_enter", does: .of(.register, .group, 0))
        primitive("dispatch_group_create", does: .of(.initialize, .group, .result))
        primitive("dispatch_group_notify", does: .submit(to: 1, .block(2), group: 0))
        primitive("dispatch_group_notify_f", does: .submit(to: 1, .function(3), argument: 2, group: 0))
        primitive("dispatch_group_async", does: .submit(to: 1, .block(2), group: 0))
        primitive("dispatch_group_async_f", does: .submit(to: 1, .function(3), argument: 2, group: 0))
        addDispatchQueues()
        addDispatchSources()
        primitive("dispatch_block_wait", does: .wait(.workItem, 0, timeout: until))
        primitive("dispatch_block_notify", does: .submit(to: 1, .block(2)))
        primitive("dispatch_once", does: .once(0, .block(1)))
        primitive("dispatch_once_f", does: .once(0, .function(2), argument: 1))
    }

    private mutating func addDispatchQueues() {
        primitive("dispatch_async", "dispatch_barrier_async", does: .submit(to: 0, .block(1)))
        primitive(
            "dispatch_async_f", "dispatch_barrier_async_f", "dispatch_async_enforce_qos_class_f",
            does: .submit(to: 0, .function(2), argument: 1))
        primitive(
            "dispatch_sync", "dispatch_barrier_sync", "dispatch_async_and_wait", "dispatch_barrier_async_and_wait",
            does: .perform(on: 0, .block(1)))
        primitive(
            "dispatch_sync_f", "dispatch_barrier_sync_f", "dispatch_async_and_wait_f",
            "dispatch_barrier_async_and_wait_f", does: .perform(on: 0, .function(2), argument: 1))
        primitive("dispatch_after", does: .submit(to: 1, .block(2)))
        primitive("dispatch_after_f", does: .submit(to: 1, .function(3), argument: 2))
        // Runs on the calling thread and on others at once, and returns when all are done.
        primitive("dispatch_apply", does: .perform(on: 1, .block(2)))
        primitive("dispatch_apply_f", does: .perform(on: 1, .function(3), argument: 2))
        primitive("dispatch_queue_create", "dispatch_queue_create_with_target", does: .of(.initialize, .queue, .result))
        // Ends the main thread's own work: from here on it serves queues, or sleeps for ever.
        primitive("dispatch_main", does: .wait(.queue, nil))
        primitive("dispatch_resume", "dispatch_activate", does: .signal(.queue, 0, .all))
    }

    private mutating func addDispatchSources() {
        primitive("dispatch_source_create", does: .of(.initialize, .source, .result))
        primitive("dispatch_source_merge_data", "dispatch_source_cancel", does: .signal(.source, 0))
        primitive("dispatch_source_cancel_and_wait", does: .wait(.source, 0))
        for kind in ["event", "cancel", "registration", "mandatory_cancel"] {
            callback("dispatch_source_set_\(kind)_handler", at: .later, .block(1))
            // The function is passed the source's context.
            callback("dispatch_source_set_\(kind)_handler_f", at: .later, .function(1))
        }
    }
}
