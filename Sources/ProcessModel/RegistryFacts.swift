/// A call stack that was recorded in the process itself: return addresses, innermost first.
public struct RecordedStack: Hashable, Codable, Sendable {
    public var addresses: [Address]
    /// Complete, at the limit of what a record holds, or why it ended before.
    public var end: StackEnd
    /// At least one step was made by the frame pointer.
    public var usedFramePointer: Bool
    /// It leads through a signal handler: the frame behind the handler's return is an instruction's address.
    public var hasSignalFrame: Bool

    public init(
        addresses: [Address], end: StackEnd = .complete, usedFramePointer: Bool = false, hasSignalFrame: Bool = false
    ) {
        self.addresses = addresses
        self.end = end
        self.usedFramePointer = usedFramePointer
        self.hasSignalFrame = hasSignalFrame
    }
}

/// A thread that could not be created.
public struct CreationFailure: Hashable, Codable, Sendable {
    /// Which failure it is, from 0.
    public var number: UInt64
    /// The errno value that pthread_create returned.
    public var error: Int32
    public var when: UInt64
    public var startRoutine: Address?
    public var argument: UInt64?
    public var creator: ThreadID?
    public var creatorSerial: UInt64?
    /// Index into the record's stacks.
    public var stack: Int?

    public init(number: UInt64, error: Int32, when: UInt64) {
        self.number = number
        self.error = error
        self.when = when
    }
}

/// A start routine and its threads.
public struct StartRoutineUse: Hashable, Codable, Sendable {
    public var address: Address
    /// Ever.
    public var created: UInt32
    public var live: UInt32
    /// Creations that failed.
    public var failed: UInt32
    /// The last role that a thread of it took.
    public var role: String?

    public init(address: Address, created: UInt32 = 0, live: UInt32 = 0, failed: UInt32 = 0, role: String? = nil) {
        self.address = address
        self.created = created
        self.live = live
        self.failed = failed
        self.role = role
    }
}

/// What an engine declared about itself.
public struct EngineDeclaration: Hashable, Codable, Sendable {
    public enum Statement: Hashable, Codable, Sendable {
        /// Threads of this role signal the object.
        case signaller(role: String)
        /// Who waits on the object waits for `(*address & mask) == value`, `bytes` wide.
        case predicate(address: Address, mask: UInt64, value: UInt64, bytes: UInt32)
        /// Who waits on the object waits for so many arrivals of the role; `arrived` is the address of their number,
        /// `bytes` wide.
        case quorum(role: String, count: UInt32, arrived: Address?, bytes: UInt32)
        /// So many threads of this role are wanted.
        case expected(role: String, count: UInt32)
        /// The thread is in an engine's call of this name.
        case call(name: String, thread: ThreadID, serial: UInt64)
    }

    public var statement: Statement
    public var object: Address?
    public var since: UInt64?
    /// Index into the record's stacks: where it was declared.
    public var stack: Int?
    /// What the word of a predicate held, or the number of arrivals of a quorum, right after the registry was read. Nil
    /// where it names no word, or the word could not be read.
    public var word: UInt64?
    /// The same at the second look; see `RegisteredWait.secondLook`.
    public var secondWord: UInt64?

    public init(_ statement: Statement, object: Address? = nil, since: UInt64? = nil, stack: Int? = nil) {
        self.statement = statement
        self.object = object
        self.since = since
        self.stack = stack
    }

    /// Whether a predicate was true of `word`; nil for another statement, and where the word is not known.
    public func isTrue(of word: UInt64?) -> Bool? {
        guard case .predicate(_, let mask, let value, _) = statement, let word else { return nil }
        return word & mask == value
    }
}

/// Something that somebody has promised to end: a continuation to resume, a promise to keep, a queued operation.
public struct PendingCompletion: Hashable, Codable, Sendable {
    public var id: UInt64
    public var kind: RegisteredKind
    /// What it is.
    public var text: String?
    public var since: UInt64?
    /// Who created it.
    public var thread: ThreadID?
    public var threadSerial: UInt64?
    /// Index into the record's stacks.
    public var stack: Int?
    /// E.g. the task that waits for it.
    public var context: UInt64?
    /// When whoever was to end it was freed without doing so: nobody can any more. Nil where that has not happened.
    public var dropped: UInt64?

    public init(id: UInt64, kind: RegisteredKind) {
        self.id = id
        self.kind = kind
    }
}

/// A lock that was still held when its thread ended, or by a thread that did not survive a fork.
public struct AbandonedLock: Hashable, Codable, Sendable {
    public enum Reason: String, Hashable, Codable, Sendable {
        case exit
        case fork
    }

    public var object: Address
    public var kind: RegisteredKind
    public var reason: Reason
    /// The return address of the call that acquired it.
    public var site: Address?
    public var when: UInt64?
    public var thread: ThreadID?

    public init(
        object: Address, kind: RegisteredKind, reason: Reason, site: Address? = nil, when: UInt64? = nil,
        thread: ThreadID? = nil
    ) {
        self.object = object
        self.kind = kind
        self.reason = reason
        self.site = site
        self.when = when
        self.thread = thread
    }
}

/// `second` was acquired while `first` was held.
public struct LockOrder: Hashable, Codable, Sendable {
    public var first: Address
    public var firstKind: RegisteredKind
    public var second: Address
    public var secondKind: RegisteredKind
    /// The return addresses of the calls that acquired them.
    public var firstSite: Address?
    public var secondSite: Address?
    /// Who was first seen to do it, and when.
    public var thread: ThreadID?
    public var when: UInt64?
    /// The opposite order was seen, too.
    public var isInverted: Bool

    public init(
        first: Address, firstKind: RegisteredKind = .mutex, second: Address, secondKind: RegisteredKind = .mutex,
        firstSite: Address? = nil, secondSite: Address? = nil, thread: ThreadID? = nil, when: UInt64? = nil,
        isInverted: Bool = false
    ) {
        self.first = first
        self.firstKind = firstKind
        self.second = second
        self.secondKind = secondKind
        self.firstSite = firstSite
        self.secondSite = secondSite
        self.thread = thread
        self.when = when
        self.isInverted = isInverted
    }
}

/// A module in which a recorded address lies.
public struct RegisteredModule: Hashable, Codable, Sendable {
    /// As the dynamic loader knows it; a long one lacks its front and does not begin with a slash.
    public var path: String
    public var start: Address
    public var end: Address
    public var loadBias: UInt64
    public var buildID: BuildID?

    public init(path: String, start: Address, end: Address, loadBias: UInt64, buildID: BuildID? = nil) {
        self.path = path
        self.start = start
        self.end = end
        self.loadBias = loadBias
        self.buildID = buildID
    }
}

/// What the runtime counted, and what it lost because a table was full.
public struct RegistryCounters: Hashable, Codable, Sendable {
    /// Ever registered.
    public var threads: UInt64 = 0
    /// Of these, ended.
    public var exited: UInt64 = 0
    /// Found no slot: the registry knows nothing of them.
    public var threadsDropped: UInt64 = 0
    /// Exited threads whose record was given to another.
    public var slotsReused: UInt64 = 0
    /// Thread creations that failed, ever.
    public var failures: UInt64 = 0
    /// Objects whose record was given to another while they may still be in use.
    public var objectsDropped: UInt64 = 0
    public var stacksDropped: UInt64 = 0
    public var startsDropped: UInt64 = 0
    public var textsDropped: UInt64 = 0
    public var declarationsDropped: UInt64 = 0
    public var pendingDropped: UInt64 = 0
    public var modulesDropped: UInt64 = 0
    /// Acquisitions beyond what is kept of one thread.
    public var heldDropped: UInt64 = 0
    public var ordersDropped: UInt64 = 0
    public var abandonedDropped: UInt64 = 0
    /// Lock orders seen in both directions.
    public var inversions: UInt64 = 0

    public init() {}
}
