/// What kind of thing a blocked thread waits for.
public enum WaitKind: String, Hashable, Codable, Sendable {
    // Objects in memory.
    case mutex
    case condition
    case conditionDestroy
    case rwlockRead
    case rwlockWrite
    case semaphore
    case barrier
    case once
    case join
    case future
    case latch
    case atomicWait
    case dispatchSync
    case dispatchGroup
    case park
    case stdioLock
    /// A futex of which nothing else is known.
    case futex
    // Objects of the kernel.
    case poll
    case epoll
    case select
    case read
    case write
    case accept
    case connect
    case receive
    case send
    case fileLock
    case semaphoreSet
    case messageQueue
    case inotify
    case sleep
    case signal
    case child
    case pageFault
    case disk
    case otherSystemCall
}

/// A file descriptor that a thread is blocked on, and what is behind it.
public struct FileDescriptorTarget: Hashable, Codable, Sendable {
    public var descriptor: Int32
    /// The link of `/proc/PID/fd/N`: a path, "socket:[N]", "pipe:[N]", "anon_inode:[eventfd]".
    public var target: String?
    /// In words: "TCP 127.0.0.1:6379 -> 127.0.0.1:51234", "pipe, other end open in pid 42", "lock held by pid 7".
    public var detail: String?
    /// Processes that hold the other end or the lock, where known.
    public var peers: [ProcessID]

    public init(descriptor: Int32, target: String? = nil, detail: String? = nil, peers: [ProcessID] = []) {
        self.descriptor = descriptor
        self.target = target
        self.detail = detail
        self.peers = peers
    }
}

/// What one blocked thread waits for.
public struct Wait: Hashable, Codable, Sendable {
    public var kind: WaitKind
    /// The object in memory, key into the snapshot's `objects`. Nil for waits on the kernel.
    public var object: SyncObjectID?
    /// The mutex that a condition wait gave up and will take again.
    public var mutex: SyncObjectID?
    /// The thread that must act for this wait to end, where libc or the kernel says so: a lock's owner, a joined
    /// thread. It need not be alive any more.
    public var owner: ThreadID?
    /// Has a timeout; nil when that could not be told.
    public var isTimed: Bool?
    /// The time left or the length asked for, nanoseconds, where it could be read.
    public var timeoutNanoseconds: UInt64?
    public var descriptors: [FileDescriptorTarget]
    /// Short and for people: "futex 0x7f00 (WAIT_BITSET, private, value 2)", "flock(3)".
    public var summary: String
    /// What the classification rests on, strongest first.
    public var sources: [FactSource]

    public init(
        kind: WaitKind, object: SyncObjectID? = nil, mutex: SyncObjectID? = nil, owner: ThreadID? = nil,
        isTimed: Bool? = nil, timeoutNanoseconds: UInt64? = nil, descriptors: [FileDescriptorTarget] = [],
        summary: String, sources: [FactSource]
    ) {
        self.kind = kind
        self.object = object
        self.mutex = mutex
        self.owner = owner
        self.isTimed = isTimed
        self.timeoutNanoseconds = timeoutNanoseconds
        self.descriptors = descriptors
        self.summary = summary
        self.sources = sources
    }
}

/// A synchronization object as its fields in memory show it.
public struct SyncObject: Hashable, Codable, Sendable {
    /// One field, in the words of the library that owns it: ("__owner", "4985").
    public struct Field: Hashable, Codable, Sendable {
        public var name: String
        public var value: String
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// How the layout by which the fields were read came to be believed.
    public enum LayoutProof: String, Hashable, Codable, Sendable {
        /// The library was recognised and a probe of live objects agreed with the table.
        case probed
        /// The library was recognised; nothing was there to probe.
        case table
        /// Not believed: only the address is known.
        case unknown
    }

    public var id: SyncObjectID
    /// "pthread_mutex_t", "std::future state", "Dispatch queue", "Swift Mutex", "Rust Mutex", "futex".
    public var type: String
    /// Words of `SyncFlavor` and others, with commas: "errorcheck, robust"; nil when there is nothing to say.
    public var flavor: String?
    /// The symbol at or around the address: "g_lock", "g_table+0x40".
    public var symbol: String?
    /// Owners as the library's own fields say, alive or not. One for a mutex; none for objects without owner.
    public var owners: [ThreadID]
    /// Holders that are counted and not named: the readers of a rwlock.
    public var anonymousHolders: Int?
    /// How many threads wait, by the object's own count.
    public var waiters: Int?
    /// Whether a signal or broadcast ever met a waiter; conditions only.
    public var wasEverSignalled: Bool?
    public var fields: [Field]
    /// What the fields rest on.
    public var layout: LayoutProof

    public init(
        id: SyncObjectID, type: String, flavor: String? = nil, symbol: String? = nil, owners: [ThreadID] = [],
        anonymousHolders: Int? = nil, waiters: Int? = nil, wasEverSignalled: Bool? = nil, fields: [Field] = [],
        layout: LayoutProof
    ) {
        self.id = id
        self.type = type
        self.flavor = flavor
        self.symbol = symbol
        self.owners = owners
        self.anonymousHolders = anonymousHolders
        self.waiters = waiters
        self.wasEverSignalled = wasEverSignalled
        self.fields = fields
        self.layout = layout
    }
}

extension SyncObject {
    /// Whether `flavor` holds the word.
    public func has(_ word: SyncFlavor) -> Bool {
        guard let flavor else { return false }
        return flavor.split(separator: ",").contains { part in
            part.drop { $0 == " " } == word.rawValue[...]
        }
    }
}

/// The words of `SyncObject.flavor` that a rule reads. Decoders write these; other words are for people only.
public enum SyncFlavor: String, CaseIterable, Sendable {
    /// The owner may lock it again (PTHREAD_MUTEX_RECURSIVE, stdio locks).
    case recursive
    /// A relock by the owner returns EDEADLK (PTHREAD_MUTEX_ERRORCHECK).
    case errorcheck
    /// PTHREAD_MUTEX_ROBUST: the kernel marks the futex word when the owner dies.
    case robust
    /// The mark itself: FUTEX_OWNER_DIED is set in the word.
    case ownerDied = "owner-died"
    /// PTHREAD_PRIO_INHERIT: a PI futex.
    case priorityInherit = "priority-inherit"
    /// PTHREAD_PROCESS_SHARED: the owner may be a thread of another process.
    case processShared = "process-shared"
}
