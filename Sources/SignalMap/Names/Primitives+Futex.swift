extension Primitives {
    /// The number of futex(2) on x86-64 (arch/x86/entry/syscalls/syscall_64.tbl). syscall(2) takes it as its first
    /// argument, and the arguments of the call from its second on.
    static let futexNumber = 202

    /// What futex(2) does with this operation, as arguments of the call itself: the word is argument 0.
    ///
    /// Nil for an operation that is not known. Of a word that was not named private another process may be the waker.
    /// Operations and arguments: futex(2), include/uapi/linux/futex.h.
    static func futex(operation: Int) -> Primitive? {
        // FUTEX_PRIVATE_FLAG 128, FUTEX_CLOCK_REALTIME 256
        let isPrivate = operation & 128 != 0
        let until = Primitive.Timeout(operand: 3, forever: 0, report: .errno)
        var primitive: Primitive
        switch operation & ~(128 | 256) {
        // FUTEX_WAIT, FUTEX_WAIT_BITSET
        case 0, 9: primitive = .wait(.futex, 0, timeout: until)
        // FUTEX_WAKE, FUTEX_WAKE_BITSET
        case 1, 10: primitive = .signal(.futex, 0, .count(2))
        // FUTEX_REQUEUE, FUTEX_CMP_REQUEUE, FUTEX_WAKE_OP, FUTEX_CMP_REQUEUE_PI: a second word
        case 3, 4, 5, 12:
            primitive = .signal(.futex, 0, .count(2))
            primitive.secondObject = 4
            primitive.secondKind = .futex
        // FUTEX_LOCK_PI, FUTEX_LOCK_PI2
        case 6, 13: primitive = .acquire(.futex, 0, timeout: until)
        case 7: primitive = .of(.release, .futex, 0)
        case 8: primitive = .of(.tryAcquire, .futex, 0)
        // FUTEX_WAIT_REQUEUE_PI: comes back with the second word locked.
        case 11:
            primitive = .wait(.futex, 0, timeout: until)
            primitive.secondObject = 4
            primitive.secondKind = .futex
        default: return nil
        }
        primitive.maybeShared = !isPrivate
        return primitive
    }
}
