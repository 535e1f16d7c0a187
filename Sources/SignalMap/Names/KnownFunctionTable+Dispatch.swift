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
        addBlocks()
        primitive("dispatch_once", does: .once(0, .block(1)))
        primitive("dispatch_once_f", does: .once(0, .function(2), argument: 1))
    }

    /// Blocks (Block.h): a copy of one on the stack goes to the heap, any other is the same.
    private mutating func addBlocks() {
        writing("_Block_copy", to: [], result: .argument(0))
        // The last release calls the block's own dispose function, whose address its descriptor holds.
        callback("_Block_release", at: .now, .notShown)
        // Stores the second at the first.
        keeping("_Block_object_assign", [1])
        change("_Block_object_assign") { $0.linked = [0, 1] }
        callback("_Block_object_dispose", at: .now, .notShown)
        change("dispatch_block_create") { $0.result = .argument(1) }
        callback("dispatch_block_create", at: .later, .block(1))
        callback("dispatch_block_perform", at: .now, .block(1))
        callback("dispatch_data_create", at: .later, .block(3))
        callback("dispatch_data_apply", at: .now, .block(1))
        callback("dispatch_set_finalizer_f", at: .later, .function(1))
        callback("dispatch_queue_set_specific", at: .later, .function(3), argument: 2)
        keeping("dispatch_queue_set_specific", [2])
        keeping("dispatch_set_context", [1])
        change("dispatch_get_context") { $0.result = .kept(by: "dispatch_set_context") }
        for name in ["dispatch_get_specific", "dispatch_queue_get_specific"] {
            change(name) { $0.result = .kept(by: "dispatch_queue_set_specific") }
        }
        callback("dispatch_io_create dispatch_read dispatch_write", at: .later, .block(3))
        callback("dispatch_io_read dispatch_io_write", at: .later, .block(4))
        callback("dispatch_io_barrier", at: .later, .block(1))
        plain("dispatch_get_global_queue dispatch_get_current_queue dispatch_time dispatch_walltime dispatch_retain")
        plain("dispatch_queue_get_label dispatch_suspend dispatch_source_set_timer dispatch_source_get_data")
        plain("dispatch_source_get_handle dispatch_source_get_mask dispatch_source_testcancel dispatch_io_close")
        plain("dispatch_assert_queue dispatch_assert_queue_not dispatch_assert_queue_barrier dispatch_set_target_queue")
        plain("dispatch_queue_attr_make_with_qos_class dispatch_queue_attr_make_initially_inactive dispatch_debug")
        // The last release runs the finaliser.
        plain("dispatch_release")
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
