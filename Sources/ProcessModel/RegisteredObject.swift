/// What kind of thing threads wait for, as the registry tells them apart.
public enum RegisteredKind: String, Hashable, Codable, Sendable, CaseIterable {
    case condition
    case mutex
    case rwlockRead
    case rwlockWrite
    case semaphore
    case barrier
    case join
    case once
    /// futex(2) called by the program itself: Swift, Rust, libdispatch, C++ atomics.
    case futex
    case engineLock
    case engineCondition
    case continuation
    case spin
    /// A number that this version does not know.
    case unknown
}

/// An object that threads wait for and others release.
///
/// Signals that an engine swallows before it calls libc are not seen: every count is a lower bound.
public struct RegisteredObject: Hashable, Codable, Sendable {
    public var address: Address
    public var kind: RegisteredKind
    /// As the engine named it.
    public var name: String?
    /// Other processes may signal it.
    public var isShared = false
    /// Its engine drops signals before they reach libc: the counts are far too low.
    public var engineWakes = false
    /// Its initialisation was seen.
    public var initialisationSeen = false
    /// Index into the record's stacks.
    public var initialisationStack: Int?
    /// When it was initialised, or, of an engine's lock, last acquired.
    public var since: UInt64?
    /// Threads in a wait on it.
    public var waiting: UInt32 = 0
    public var waits: UInt64 = 0
    public var timeouts: UInt64 = 0
    public var signals: UInt64 = 0
    public var broadcasts: UInt64 = 0
    /// Signals and broadcasts while nobody waited.
    public var unheard: UInt64 = 0
    public var lastSignal: UInt64?
    public var lastSignaller: ThreadID?
    /// Of an engine's lock that is held exclusively.
    public var owner: ThreadID?
    /// Index into the record's stacks: where an engine's lock was acquired.
    public var acquisitionStack: Int?
    /// Distinct call sites that signalled (of a lock: acquired) it; the last few.
    public var sites: [SignallingSite] = []
    /// Ever; more than `sites` holds means that the oldest were dropped.
    public var sitesRecorded: UInt32 = 0

    public init(address: Address, kind: RegisteredKind) {
        self.address = address
        self.kind = kind
    }
}

/// Where an object was signalled from, and by threads of which start routine.
public struct SignallingSite: Hashable, Codable, Sendable {
    /// Index into the record's stacks.
    public var stack: Int?
    public var startRoutine: Address?

    public init(stack: Int? = nil, startRoutine: Address? = nil) {
        self.stack = stack
        self.startRoutine = startRoutine
    }
}
