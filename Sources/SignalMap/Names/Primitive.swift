/// What a call to a known function does to an object that threads wait on.
package struct Primitive: Hashable, Sendable {
    enum Operation: UInt8, Hashable, Sendable, CaseIterable {
        /// Blocks until another thread signals the object.
        case wait
        /// Releases threads that wait on the object, or lets the next one pass.
        case signal
        /// Blocks until enough threads have come, and is one of those that others wait for.
        case arriveAndWait
        /// Blocks until the lock is free, and takes it.
        case acquire
        /// Takes the lock if it is free; never blocks.
        case tryAcquire
        case release
        /// Blocks until the lock is free, and has given it back when it returns.
        case hold
        /// Runs a routine unless it has run already, and waits for another thread that runs it.
        case once
        /// Starts a thread or a task that runs `routine`.
        case create
        /// Blocks until a thread or a task has ended.
        case join
        case detach
        /// Ends the calling thread: those that join it go on.
        case exit
        /// Hands `routine` to a queue, to be run later on some other thread. A group that it is a part of is signalled
        /// when the routine has ended.
        case submit
        /// Runs `routine` at once on the calling thread, but waits for its turn on the queue before that.
        case perform
        /// Adds an object to the set that a later wait looks at.
        case register
        case initialize
        case destroy
    }

    package enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        case condition
        case mutex
        /// A reader-writer lock, taken by readers.
        case readLock
        /// A reader-writer lock, taken by a writer; releases of either kind stand here, too.
        case writeLock
        case spinlock
        case semaphore
        case barrier
        case latch
        case once
        /// A thread: the object is its handle.
        case thread
        case process
        /// The shared state of a future and its promise.
        case future
        /// A word of a program, waited on until it changes (C++ atomic wait, Rust and Swift alike).
        case atomicWord
        /// A word that the kernel's futex(2) was called with.
        case futex
        /// What a file descriptor stands for: the number is the object, of a pipe the other end.
        case fileDescriptor
        /// A set of descriptors (poll, select, epoll): any of its members releases the wait.
        case descriptorSet
        case messageQueue
        /// A semaphore set of System V.
        case semaphoreSet
        /// A queue of Dispatch, or another executor.
        case queue
        case group
        /// A block or work item of Dispatch, an operation of Foundation.
        case workItem
        /// A Swift task that waits for its continuation to be resumed.
        case continuation
        case task
        /// The token of a thread that parks itself (Rust's park and unpark); the object is the thread.
        case parkToken
        /// A queue of waiters found by an address (parking_lot_core, libdispatch's and WebKit's like).
        case parkingLot
        /// A signal that a thread waits for or is sent.
        case processSignal
        case timer
        case fileLock
        case source
        case runLoop
        /// The lock of a stream of stdio.
        case streamLock

        /// Whether some waits on such objects end without a call that signals them; see
        /// `Primitive.isReleasedElsewhere`.
        var isReleasedElsewhere: Bool {
            switch self {
            case .workItem, .task, .queue, .group, .runLoop, .timer, .source, .messageQueue: true
            case .fileDescriptor, .descriptorSet, .process, .processSignal, .fileLock, .semaphoreSet: true
            case .condition, .mutex, .readLock, .writeLock, .spinlock, .semaphore, .barrier, .latch, .once: false
            case .thread, .future, .atomicWord, .futex, .continuation, .parkToken, .parkingLot, .streamLock: false
            }
        }
    }

    /// How many waiters a signal releases.
    enum Wakes: Hashable, Sendable {
        case one
        case all
        /// As many as this operand says.
        case count(Operand)
    }

    /// The limit of a wait.
    struct Timeout: Hashable, Sendable {
        /// How the caller learns that the time is up.
        enum Report: Hashable, Sendable {
            /// The result is this value.
            case status(Int)
            /// The result is -1, and errno says so.
            case errno
            /// The result is 0: false, or "none is ready".
            case zero
            /// The result is 1 or some other value, where success is 0.
            case nonzero
            /// Not by the result.
            case notTold
        }

        var operand: Operand
        /// The value of the operand that stands for no limit at all.
        var forever: Int64?
        var report: Report
    }

    var operation: Operation
    var kind: Kind
    /// Nil where no argument names the object.
    var object: Operand?
    /// The lock that a wait gives up, or that must be held.
    var lock: Operand?
    var timeout: Timeout?
    var wakes: Wakes = .one
    /// What is run by a creation, a submission or a once.
    var routine: Routine?
    /// A second object that the call signals or waits on: the futex that waiters move to, the group of a submission.
    var secondObject: Operand?
    var secondKind: Kind?
    /// Another process may hold the same object, so that the absence of a signaller in this one proves nothing.
    var maybeShared = false

    /// Whether the call can come back for want of time.
    var isTimed: Bool { timeout != nil }

    /// Whether the calling thread may stay in the call until somebody else acts.
    var blocks: Bool {
        switch operation {
        case .wait, .arriveAndWait, .acquire, .hold, .once, .join, .perform: true
        case .signal, .tryAcquire, .release, .create, .detach, .exit, .submit, .register, .initialize, .destroy: false
        }
    }

    /// Whether such a wait can end without a call that signals its object: a library ends it by itself when what it was
    /// handed has run, or the kernel when time, another process or the outside has done something.
    ///
    /// That nothing reaches a signal of the object proves nothing of such a wait. Objects that another process may hold
    /// are told by `maybeShared`, and are not among these unless they always are.
    var isReleasedElsewhere: Bool { kind == .messageQueue ? maybeShared : kind.isReleasedElsewhere }

    /// Whether the call may let another thread go on that waits on the object.
    var releasesWaiters: Bool {
        switch operation {
        case .signal, .arriveAndWait, .release, .hold, .once, .exit, .submit, .perform: true
        case .wait, .acquire, .tryAcquire, .create, .join, .detach, .register, .initialize, .destroy: false
        }
    }
}

// The few words that the tables are written in.
extension Primitive {
    static func wait(
        _ kind: Kind, _ object: Operand?, lock: Operand? = nil, timeout: Timeout? = nil
    ) -> Self { Self(operation: .wait, kind: kind, object: object, lock: lock, timeout: timeout) }

    static func signal(_ kind: Kind, _ object: Operand?, _ wakes: Wakes = .one) -> Self {
        Self(operation: .signal, kind: kind, object: object, wakes: wakes)
    }

    static func acquire(_ kind: Kind, _ object: Operand?, timeout: Timeout? = nil) -> Self {
        Self(operation: .acquire, kind: kind, object: object, timeout: timeout)
    }

    static func of(_ operation: Operation, _ kind: Kind, _ object: Operand?) -> Self {
        Self(operation: operation, kind: kind, object: object)
    }

    static func create(_ kind: Kind, _ object: Operand?, _ target: Routine.Target, argument: Operand? = nil) -> Self {
        Self(operation: .create, kind: kind, object: object, routine: Routine(target: target, argument: argument))
    }

    static func submit(
        to queue: Operand?, _ target: Routine.Target, argument: Operand? = nil, group: Operand? = nil
    ) -> Self {
        Self(
            operation: .submit, kind: .queue, object: queue, routine: Routine(target: target, argument: argument),
            secondObject: group, secondKind: group == nil ? nil : .group)
    }

    static func perform(on queue: Operand?, _ target: Routine.Target, argument: Operand? = nil) -> Self {
        Self(
            operation: .perform, kind: .queue, object: queue, routine: Routine(target: target, argument: argument))
    }

    /// The same, of an object that processes can share.
    var shared: Self {
        var copy = self
        copy.maybeShared = true
        return copy
    }
}
