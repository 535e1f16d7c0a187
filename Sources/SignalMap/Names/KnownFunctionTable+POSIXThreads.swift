/// POSIX threads: conditions, semaphores, barriers, threads, once.
///
/// Arguments by POSIX.1-2017; the calls with a clock by POSIX.1-2024 and the glibc manual ("Waiting with Explicit
/// Clocks", "Non-POSIX Extensions"); those in _np by glibc 2.36's pthread.h. Functions return the error's number, those
/// of semaphores -1 and errno.
extension KnownFunctionTable {
    mutating func addPOSIXThreads() {
        library = .libc
        addPOSIXConditions()
        addPOSIXSemaphores()
        addPOSIXThreadLives()
        primitive("pthread_barrier_wait", does: .of(.arriveAndWait, .barrier, 0).shared)
        primitive("pthread_barrier_init", does: .of(.initialize, .barrier, 0).shared)
        primitive("pthread_barrier_destroy", does: .of(.destroy, .barrier, 0).shared)
    }

    private mutating func addPOSIXConditions() {
        func until(_ operand: Operand) -> Primitive.Timeout {
            Primitive.Timeout(operand: operand, report: .status(Primitives.timedOut))
        }
        primitive("pthread_cond_wait", does: .wait(.condition, 0, lock: 1).shared)
        primitive("pthread_cond_timedwait", does: .wait(.condition, 0, lock: 1, timeout: until(2)).shared)
        // The third argument is the clock.
        primitive("pthread_cond_clockwait", does: .wait(.condition, 0, lock: 1, timeout: until(3)).shared)
        primitive("pthread_cond_signal", does: .signal(.condition, 0).shared)
        primitive("pthread_cond_broadcast", does: .signal(.condition, 0, .all).shared)
        primitive("pthread_cond_init", does: .of(.initialize, .condition, 0).shared)
        primitive("pthread_cond_destroy", does: .of(.destroy, .condition, 0).shared)
    }

    private mutating func addPOSIXSemaphores() {
        let until = { Primitive.Timeout(operand: $0, report: .errno) }
        primitive("sem_wait", does: .wait(.semaphore, 0).shared)
        primitive("sem_timedwait", does: .wait(.semaphore, 0, timeout: until(1)).shared)
        primitive("sem_clockwait", does: .wait(.semaphore, 0, timeout: until(2)).shared)
        primitive("sem_trywait", does: .of(.tryAcquire, .semaphore, 0).shared)
        primitive("sem_post", does: .signal(.semaphore, 0).shared)
        primitive("sem_init", does: .of(.initialize, .semaphore, 0).shared)
        primitive("sem_destroy", does: .of(.destroy, .semaphore, 0).shared)
        primitive("sem_open", does: .of(.initialize, .semaphore, .result).shared)
        primitive("sem_close", does: .of(.destroy, .semaphore, 0).shared)
    }

    private mutating func addPOSIXThreadLives() {
        let until = { Primitive.Timeout(operand: $0, report: .status(Primitives.timedOut)) }
        primitive("pthread_create", does: .create(.thread, .pointee(0), .function(2), argument: 3))
        primitive("pthread_join", does: .of(.join, .thread, 0))
        var timed = Primitive.of(.join, .thread, 0)
        timed.timeout = until(2)
        primitive("pthread_timedjoin_np", does: timed)
        timed.timeout = until(3)
        primitive("pthread_clockjoin_np", does: timed)
        primitive("pthread_detach", does: .of(.detach, .thread, 0))
        primitive("pthread_exit", "thrd_exit", does: .of(.exit, .thread, .caller))
        // Sends a signal of the kernel's, at which a wait that is a cancellation point ends, and its handlers run.
        primitive("pthread_cancel", does: .signal(.thread, 0))
        // The child runs the function on the stack that it is given (clone(2), the wrapper of glibc).
        primitive("clone", "__clone", does: .create(.process, .result, .function(0), argument: 3))
        primitive("pthread_once", "__pthread_once", does: .once(0, .function(1)))
    }
}

extension Primitive {
    static func once(_ flag: Operand, _ target: Routine.Target, argument: Operand? = nil) -> Self {
        Self(operation: .once, kind: .once, object: flag, routine: Routine(target: target, argument: argument))
    }
}
