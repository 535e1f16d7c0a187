/// Threads of C11: ISO/IEC 9899:2011, 7.26. The numbers of `thrd_timedout` are glibc's (threads.h of 2.36: success 0,
/// busy 1, error 2, nomem 3, timedout 4).
extension KnownFunctionTable {
    mutating func addC11Threads() {
        library = .libc
        let until = { Primitive.Timeout(operand: $0, report: .status(4)) }
        primitive("cnd_wait", does: .wait(.condition, 0, lock: 1))
        primitive("cnd_timedwait", does: .wait(.condition, 0, lock: 1, timeout: until(2)))
        primitive("cnd_signal", does: .signal(.condition, 0))
        primitive("cnd_broadcast", does: .signal(.condition, 0, .all))
        primitive("cnd_init", does: .of(.initialize, .condition, 0))
        primitive("cnd_destroy", does: .of(.destroy, .condition, 0))
        primitive("mtx_lock", does: .acquire(.mutex, 0))
        primitive("mtx_timedlock", does: .acquire(.mutex, 0, timeout: until(1)))
        primitive("mtx_trylock", does: .of(.tryAcquire, .mutex, 0))
        primitive("mtx_unlock", does: .of(.release, .mutex, 0))
        primitive("mtx_init", does: .of(.initialize, .mutex, 0))
        primitive("mtx_destroy", does: .of(.destroy, .mutex, 0))
        primitive("thrd_create", does: .create(.thread, .pointee(0), .function(1), argument: 2))
        primitive("thrd_join", does: .of(.join, .thread, 0))
        primitive("thrd_detach", does: .of(.detach, .thread, 0))
        primitive("call_once", does: .once(0, .function(1)))
    }
}
