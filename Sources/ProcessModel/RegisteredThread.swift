/// A thread as the registry knows it, alive or ended.
public struct RegisteredThread: Hashable, Codable, Sendable {
    public enum State: String, Hashable, Codable, Sendable {
        /// `pthread_create` has it in hand; it has not run yet.
        case created
        case running
        /// Its start routine is over; destructors of thread-specific data may still run.
        case ending
        case exited
        /// A number that this version does not know.
        case unknown
    }

    public enum End: String, Hashable, Codable, Sendable {
        case returned
        case pthreadExit
        case cancelled
        case unknown
    }

    /// What the process's list of threads says to a thread that is registered as running.
    public enum Presence: String, Hashable, Codable, Sendable {
        /// The process has it.
        case listed
        /// The process does not have it any more, and it did not end through libc: it was made with clone(2), ended by
        /// a bare exit(2), or is of a process that this one was copied from.
        case goneWithoutNotice
        /// It was created after the list was taken.
        case newer
    }

    /// 1 for the first thread registered; never used twice.
    public var serial: UInt64
    /// Nil while the thread has none.
    public var id: ThreadID?
    public var state: State
    /// As `pthread_setname_np` took it or as the engine named it.
    public var name: String?
    /// As the engine declared it.
    public var role: String?
    public var isMain = false
    public var isDetached = false
    /// Not made by a pthread_create that the runtime saw: no creator, no start routine.
    public var isLate = false
    public var wasCancelAsked = false
    public var wasJoined = false
    public var creator: ThreadID?
    /// Nil where it is not known who created it.
    public var creatorSerial: UInt64?
    /// Its `pthread_t`.
    public var handle: Address?
    public var startRoutine: Address?
    /// What its start routine was called with, if that was not 0.
    public var argument: UInt64?
    public var created: UInt64?
    public var exited: UInt64?
    /// Nil for a thread that has not ended.
    public var end: End?
    /// Index into the record's stacks.
    public var creationStack: Int?
    /// Nil for a thread that does not wait; where that could not be read, `waits` is nil, too.
    public var wait: RegisteredWait?
    /// Ever. Nil when the record of its activity could not be read.
    public var waits: UInt64?
    /// Of these, ended by timeout; counts from 0 again after 2^32.
    public var timeouts: UInt32?
    /// The last ones, oldest first. Nil when they could not be read.
    public var events: [RegisteredEvent]?
    /// Ever; counts from 0 again after 2^32.
    public var eventCount: UInt32?
    /// In the order of their acquisition. Nil where they are not recorded or could not be read.
    public var heldLocks: [RegisteredHeldLock]?
    /// How many more it holds than were recorded.
    public var heldLocksDropped: UInt32 = 0
    /// Nil for a thread that is not registered as running, or where there is no list to compare with.
    public var presence: Presence?
    /// The snapshot's thread that this is; nil for one that is not among them.
    public var snapshotThread: ThreadID?

    public init(serial: UInt64, id: ThreadID? = nil, state: State) {
        self.serial = serial
        self.id = id
        self.state = state
    }
}

/// What a registered thread waits for, by its own word.
public struct RegisteredWait: Hashable, Codable, Sendable {
    /// What the snapshot says to a wait that the registry names.
    public enum Check: String, Hashable, Codable, Sendable {
        /// The thread is blocked on that very object.
        case confirmed
        /// The thread is blocked; on what, the snapshot cannot tell.
        case blocked
        /// The thread was not blocked there when it was looked at: the wait was about to begin or had ended.
        case stale
        /// The thread was blocked on that very object, and waits for it once more since it was looked at.
        case again
        /// The wait began after the thread was looked at.
        case later
    }

    public var kind: RegisteredKind
    public var object: Address
    /// That goes with a condition.
    public var mutex: Address?
    public var since: UInt64?
    /// Nanoseconds from `since`; 0 for a time that had passed. Nil without a timeout.
    public var timeout: UInt64?
    /// Waits on this same object that ended by timeout since one ended otherwise.
    public var timeoutsInARow: UInt32
    /// Index into the record's stacks.
    public var stack: Int?
    /// Why nobody is owed an answer here, as the engine says; nil unless it was marked as idle.
    public var idleReason: String?
    /// Marked as idle, with or without a reason.
    public var isIdle: Bool
    /// In a signal handler that interrupted another wait.
    public var isNested: Bool
    /// As a reader.
    public var isShared: Bool
    /// Nil where there is no snapshot to compare with.
    public var check: Check?
    /// Nil unless it was looked at twice: in a live process, where a predicate that was declared of its object was true.
    public var secondLook: SecondLook?

    public init(
        kind: RegisteredKind, object: Address, mutex: Address? = nil, since: UInt64? = nil, timeout: UInt64? = nil,
        timeoutsInARow: UInt32 = 0, stack: Int? = nil, idleReason: String? = nil, isIdle: Bool = false,
        isNested: Bool = false, isShared: Bool = false, check: Check? = nil
    ) {
        self.kind = kind
        self.object = object
        self.mutex = mutex
        self.since = since
        self.timeout = timeout
        self.timeoutsInARow = timeoutsInARow
        self.stack = stack
        self.idleReason = idleReason
        self.isIdle = isIdle
        self.isNested = isNested
        self.isShared = isShared
        self.check = check
    }
}

extension RegisteredWait {
    /// What had become of a wait some time later.
    public struct SecondLook: Hashable, Codable, Sendable {
        /// After the registry was first read.
        public var nanosecondsLater: UInt64
        /// The thread still was in a wait on the same object.
        public var isOnSameObject: Bool
        /// It was this very wait, which had not ended meanwhile.
        public var isSameWait: Bool
        /// Waits on the same object that had ended by timeout since one ended otherwise.
        public var timeoutsInARow: UInt32

        public init(nanosecondsLater: UInt64, isOnSameObject: Bool, isSameWait: Bool, timeoutsInARow: UInt32) {
            self.nanosecondsLater = nanosecondsLater
            self.isOnSameObject = isOnSameObject
            self.isSameWait = isSameWait
            self.timeoutsInARow = timeoutsInARow
        }
    }
}

/// A lock that a thread holds, recorded only by the library with mutex hooks.
public struct RegisteredHeldLock: Hashable, Codable, Sendable {
    public var object: Address
    public var kind: RegisteredKind
    /// The return address of the call that acquired it.
    public var site: Address?

    public init(object: Address, kind: RegisteredKind, site: Address? = nil) {
        self.object = object
        self.kind = kind
        self.site = site
    }
}

/// Something that a thread did.
public struct RegisteredEvent: Hashable, Codable, Sendable {
    public enum Action: String, Hashable, Codable, Sendable {
        case waitBegan
        case waitEnded
        case signalled
        case broadcast
        case created
        case exited
        case acquired
        case released
        case unknown
    }

    public var time: UInt64
    public var action: Action
    /// Of the object; nil for events of threads.
    public var kind: RegisteredKind?
    /// The low 48 bits of the object's address; of a created thread its `pthread_t`.
    public var object: Address?
    /// An errno value; nil for success.
    public var error: UInt16?

    public init(
        time: UInt64, action: Action, kind: RegisteredKind? = nil, object: Address? = nil, error: UInt16? = nil
    ) {
        self.time = time
        self.action = action
        self.kind = kind
        self.object = object
        self.error = error
    }
}
