/// Where the fields of glibc's objects lie on x86-64, for glibc 2.31 to 2.41. Offsets are bytes from the object.
///
/// The one place with such numbers. Only the condition variable moved between these releases; a row says which release
/// begins with it and where the layout is written down. The tests hold 2.31, 2.36 and 2.41 against running programs; the
/// releases between are from their sources.
struct GlibcLayout: Hashable {
    /// pthread_mutex_t. sysdeps/x86/nptl/bits/struct_mutex.h (2.31 to 2.41: __lock, __count, __owner, __nusers,
    /// __kind, __spins, __elision, __list). Bits of the kind: nptl/pthreadP.h, PTHREAD_MUTEX_*_NP.
    enum Mutex {
        static let lock: UInt64 = 0
        static let count: UInt64 = 4
        static let owner: UInt64 = 8
        static let users: UInt64 = 12
        static let kind: UInt64 = 16
        static let size = 40
        static let typeMask: UInt32 = 0x3
        static let robust: UInt32 = 0x10
        static let priorityInherit: UInt32 = 0x20
        static let priorityProtect: UInt32 = 0x40
        static let processShared: UInt32 = 0x80
        static let elision: UInt32 = 0x100
        static let noElision: UInt32 = 0x200
        static let knownKindBits: UInt32 = 0x3f3
        /// PTHREAD_MUTEX_PRIO_CEILING_SHIFT: a priority-protected lock keeps its ceiling in the word's upper bits.
        static let ceilingShift: UInt32 = 19
        /// PTHREAD_MUTEX_INCONSISTENT and PTHREAD_MUTEX_NOTRECOVERABLE in __owner.
        static let inconsistent: UInt32 = 0x7fff_ffff
        static let notRecoverable: UInt32 = 0x7fff_fffe
    }

    /// The bits of a robust or PI lock word: linux/futex.h (FUTEX_TID_MASK, FUTEX_OWNER_DIED, FUTEX_WAITERS).
    enum FutexWord {
        static let tidMask: UInt32 = 0x3fff_ffff
        static let ownerDied: UInt32 = 0x4000_0000
        static let waiters: UInt32 = 0x8000_0000
    }

    /// pthread_rwlock_t. sysdeps/x86/nptl/bits/struct_rwlock.h (2.31 to 2.41); meaning of the words:
    /// nptl/pthread_rwlock_common.c and nptl/pthreadP.h (PTHREAD_RWLOCK_*).
    enum ReadWriteLock {
        static let readers: UInt64 = 0
        static let writers: UInt64 = 4
        static let writePhaseFutex: UInt64 = 8
        static let writersFutex: UInt64 = 12
        static let writer: UInt64 = 24
        static let shared: UInt64 = 28
        static let flags: UInt64 = 48
        static let size = 56
        static let writePhase: UInt32 = 1
        static let writeLocked: UInt32 = 2
        static let readersWaiting: UInt32 = 4
        static let readerShift: UInt32 = 3
        /// PTHREAD_RWLOCK_FUTEX_USED.
        static let futexUsed: UInt32 = 2
    }

    /// sem_t. sysdeps/nptl/internaltypes.h, struct new_sem with 64-bit atomics (2.31 to 2.41): value in the low half
    /// of the first 8 bytes, waiters in the high half, then `private`: 0, or 128 for process-shared.
    enum Semaphore {
        static let value: UInt64 = 0
        static let waiters: UInt64 = 4
        static let scope: UInt64 = 8
        static let size = 16
    }

    /// pthread_barrier_t. sysdeps/nptl/internaltypes.h, struct pthread_barrier (2.31 to 2.41).
    enum Barrier {
        static let arrived: UInt64 = 0
        static let currentRound: UInt64 = 4
        static let count: UInt64 = 8
        static let shared: UInt64 = 12
        static let left: UInt64 = 16
        static let size = 32
    }

    /// pthread_once_t. sysdeps/nptl/internaltypes.h, __PTHREAD_ONCE_INPROGRESS (2.31 to 2.41).
    enum Once {
        static let inProgress: UInt32 = 1
        static let done: UInt32 = 2
    }

    /// _IO_lock_t. sysdeps/nptl/stdio-lock.h (2.31 to 2.41): lock, cnt, owner (a struct pthread). A stream locked once
    /// has cnt 1 in 2.31 and 2.36, and 0 in 2.41.
    enum StreamLock {
        static let count: UInt64 = 4
        static let owner: UInt64 = 8
        static let size = 16
    }

    /// struct pthread. nptl/descr.h and sysdeps/x86_64/nptl/tls.h (tcbhead_t: tcb at 0, self at 16, both the address of
    /// the struct itself). `tid` is 720 in 2.31 to 2.41; the self pointers prove it each time.
    enum Descriptor {
        static let selfPointers: [UInt64] = [0, 16]
        static let threadID: UInt64 = 720
        /// Where else to look, should a distribution have moved it.
        static let threadIDRange: ClosedRange<UInt64> = 640...960
    }

    /// pthread_cond_t: the object that moved.
    struct Condition: Hashable {
        /// First release with it, as 2.NN.
        var firstMinor: Int
        var sequence: UInt64 = 0
        var group1Start: UInt64 = 8
        var groupSize: UInt64
        var group1OriginalSize: UInt64
        var waiterReferences: UInt64
        var groupSignals: UInt64
        static let size = 48

        /// 2.25 to 2.40. sysdeps/nptl/bits/thread-shared-types.h, struct __pthread_cond_s; meaning of the words:
        /// nptl/pthread_cond_common.c and pthread_cond_wait.c.
        static let withReferenceCounts = Condition(
            firstMinor: 25, groupSize: 24, group1OriginalSize: 32, waiterReferences: 36, groupSignals: 40)
        /// 2.41 on: the repair of the lost wakeup (bug 25847) dropped __g_refs, and all later words moved up by 8;
        /// two words at the end stay unused (bug 32786).
        static let withoutReferenceCounts = Condition(
            firstMinor: 41, groupSize: 16, group1OriginalSize: 24, waiterReferences: 28, groupSignals: 32)
        /// Newest first.
        static let all = [withoutReferenceCounts, withReferenceCounts]
    }

    /// The releases whose sources were read for this table.
    static let knownMinors = 31...41
}

/// libdispatch of Swift 5.9 to 6.3 on Linux, x86-64: src/queue_internal.h (struct dispatch_sync_context_s) and
/// src/init.c.
enum DispatchLayout {
    /// The queue that a sync wait waits for is stored this far below the futex word of its thread event.
    static let queueBelowEvent = 40
    /// The waiter's own thread id follows the event's word.
    static let waiterAboveEvent: UInt64 = 4
    /// dq_state, whose low half is the lock word of the thread that drains the queue.
    static let queueState: UInt64 = 56
}
