/// Libraries that programs are often linked with and that need not be mapped themselves: GLib (gthread.h, gmain.h,
/// gasyncqueue.h of 2.74), libuv (uv.h 1.x), OpenMP's runtimes (libgomp.h of gcc 12; kmp.h of LLVM), libaio and liburing.
extension KnownFunctionTable {
    mutating func addLibraries() {
        library = .other
        addGLib()
        addLibUV()
        addOpenMP()
        addKernelQueues()
    }

    private mutating func addGLib() {
        primitive("g_cond_wait", does: .wait(.condition, 0, lock: 1))
        primitive(
            "g_cond_wait_until g_cond_timed_wait",
            does: .wait(.condition, 0, lock: 1, timeout: Primitive.Timeout(operand: 2, report: .zero)))
        primitive("g_cond_signal", does: .signal(.condition, 0))
        primitive("g_cond_broadcast", does: .signal(.condition, 0, .all))
        primitive("g_mutex_lock g_rec_mutex_lock", does: .acquire(.mutex, 0))
        primitive("g_mutex_trylock g_rec_mutex_trylock", does: .of(.tryAcquire, .mutex, 0))
        primitive("g_mutex_unlock g_rec_mutex_unlock", does: .of(.release, .mutex, 0))
        primitive("g_rw_lock_reader_lock", does: .acquire(.readLock, 0))
        primitive("g_rw_lock_writer_lock", does: .acquire(.writeLock, 0))
        primitive("g_rw_lock_reader_unlock g_rw_lock_writer_unlock", does: .of(.release, .writeLock, 0))
        primitive("g_thread_new g_thread_try_new", does: .create(.thread, .result, .function(1), argument: 2))
        primitive("g_thread_join", does: .of(.join, .thread, 0))
        primitive("g_thread_exit", does: .of(.exit, .thread, .caller))
        primitive("g_once_impl", does: .once(0, .function(1), argument: 2))
        primitive("g_once_init_enter g_once_init_enter_impl", does: .acquire(.once, 0))
        primitive("g_once_init_leave", does: .of(.release, .once, 0))
        primitive("g_async_queue_pop g_async_queue_pop_unlocked", does: .wait(.messageQueue, 0))
        primitive(
            "g_async_queue_timeout_pop g_async_queue_timeout_pop_unlocked",
            does: .wait(.messageQueue, 0, timeout: Primitive.Timeout(operand: 1, report: .zero)))
        primitive(
            """
            g_async_queue_push g_async_queue_push_unlocked g_async_queue_push_front g_async_queue_push_front_unlocked
            """, does: .signal(.messageQueue, 0))
        keeping("g_async_queue_push g_async_queue_push_unlocked g_async_queue_push_front", [1])
        for name in ["g_async_queue_pop", "g_async_queue_timeout_pop", "g_async_queue_pop_unlocked"] {
            change(name) { $0.result = .kept(by: "g_async_queue_push") }
        }
        primitive("g_main_loop_run g_main_context_iteration", does: .wait(.runLoop, 0))
        primitive("g_main_loop_quit g_main_context_wakeup", does: .signal(.runLoop, 0))
        callback("g_idle_add g_idle_add_once", at: .later, .function(0), argument: 1)
        callback("g_timeout_add g_timeout_add_seconds g_timeout_add_once", at: .later, .function(1), argument: 2)
        callback("g_idle_add_full", at: .later, .function(1), argument: 2)
        callback("g_timeout_add_full g_timeout_add_seconds_full", at: .later, .function(2), argument: 3)
        callback("g_source_set_callback", at: .later, .function(1), argument: 2)
        callback("g_main_context_invoke", at: .later, .function(1), argument: 2)
        callback("g_thread_pool_new", at: .newThread, .function(0))
        keeping("g_thread_pool_push", [1])
    }

    private mutating func addLibUV() {
        primitive("uv_cond_wait", does: .wait(.condition, 0, lock: 1))
        // Nanoseconds from now; UV_ETIMEDOUT is -ETIMEDOUT.
        primitive(
            "uv_cond_timedwait",
            does: .wait(.condition, 0, lock: 1, timeout: Primitive.Timeout(operand: 2, report: .status(-110))))
        primitive("uv_cond_signal", does: .signal(.condition, 0))
        primitive("uv_cond_broadcast", does: .signal(.condition, 0, .all))
        primitive("uv_mutex_lock", does: .acquire(.mutex, 0))
        primitive("uv_mutex_trylock", does: .of(.tryAcquire, .mutex, 0))
        primitive("uv_mutex_unlock", does: .of(.release, .mutex, 0))
        primitive("uv_rwlock_rdlock", does: .acquire(.readLock, 0))
        primitive("uv_rwlock_wrlock", does: .acquire(.writeLock, 0))
        primitive("uv_rwlock_rdunlock uv_rwlock_wrunlock", does: .of(.release, .writeLock, 0))
        primitive("uv_sem_wait", does: .wait(.semaphore, 0))
        primitive("uv_sem_post", does: .signal(.semaphore, 0))
        primitive("uv_barrier_wait", does: .of(.arriveAndWait, .barrier, 0))
        primitive("uv_thread_create", does: .create(.thread, .pointee(0), .function(1), argument: 2))
        primitive("uv_thread_create_ex", does: .create(.thread, .pointee(0), .function(2), argument: 3))
        primitive("uv_thread_join", does: .of(.join, .thread, .pointee(0)))
        primitive("uv_once", does: .once(0, .function(1)))
        primitive("uv_run", does: .wait(.runLoop, 0))
        primitive("uv_async_send uv_stop", does: .signal(.runLoop, 0))
        primitive("uv_queue_work", does: .submit(to: 0, .function(2), argument: 1))
        callback("uv_queue_work", at: .later, .function(3), argument: 1)
        keeping("uv_queue_work", [1])
        callback("uv_async_init", at: .later, .function(2), argument: 1)
        callback("uv_timer_start uv_idle_start uv_check_start uv_prepare_start", at: .later, .function(1), argument: 0)
        keeping("uv_async_init", [1])
        keeping("uv_timer_start uv_idle_start uv_check_start uv_prepare_start", [0])
    }

    private mutating func addOpenMP() {
        // Runs the function on all threads of a team, the caller among them, and waits for them.
        primitive("GOMP_parallel", does: .perform(on: nil, .function(0), argument: 1))
        primitive("GOMP_task", does: .submit(to: nil, .function(0), argument: 1))
        primitive("GOMP_barrier GOMP_barrier_cancel", does: .of(.arriveAndWait, .barrier, nil))
        primitive("GOMP_taskwait GOMP_taskgroup_end", does: .wait(.group, nil))
        primitive("GOMP_critical_start", does: .acquire(.mutex, nil))
        primitive("GOMP_critical_end", does: .of(.release, .mutex, nil))
        primitive("GOMP_critical_name_start omp_set_lock omp_set_nest_lock", does: .acquire(.mutex, 0))
        primitive("GOMP_critical_name_end omp_unset_lock omp_unset_nest_lock", does: .of(.release, .mutex, 0))
        // A location, a count of arguments, the function, its arguments.
        primitive("__kmpc_fork_call", does: .perform(on: nil, .function(2)))
        keeping("__kmpc_fork_call", .from(3))
        primitive("__kmpc_barrier", does: .of(.arriveAndWait, .barrier, nil))
        primitive("__kmpc_critical", does: .acquire(.mutex, 2))
        primitive("__kmpc_end_critical", does: .of(.release, .mutex, 2))
        primitive("__kmpc_omp_taskwait", does: .wait(.group, nil))
    }

    private mutating func addKernelQueues() {
        let limit = { Primitive.Timeout(operand: $0, forever: 0, report: .zero) }
        primitive("io_getevents", does: .wait(.descriptorSet, 0, timeout: limit(4)).shared)
        filling("io_getevents", [3])
        sending("io_submit", [2])
        scattering("io_submit", [2], later: true)
        primitive("io_setup", does: .of(.initialize, .descriptorSet, .pointee(1)))
        primitive("io_destroy", does: .of(.destroy, .descriptorSet, 0))
        primitive("__io_uring_get_cqe io_uring_wait_cqes", does: .wait(.descriptorSet, 0).shared)
        filling("__io_uring_get_cqe io_uring_wait_cqes", [1])
        primitive("io_uring_submit_and_wait", does: .wait(.descriptorSet, 0).shared)
        sending("io_uring_submit", [0])
        scattering("io_uring_submit io_uring_submit_and_wait", [0], later: true)
        // What it is to write stands in the rings that it shares with the kernel.
        primitive("io_uring_enter io_uring_enter2", does: .wait(.descriptorSet, 0).shared)
        scattering("io_uring_enter io_uring_enter2", [0], later: true)
        plain("io_uring_queue_init io_uring_queue_exit io_uring_ring_dontfork io_uring_register_files_update")
    }
}
