/// What is true of a seeded program in the state that it reports as `ready`: its header, read.
public struct Truth: Equatable, Sendable {
    /// The name of a rule, or `healthy`.
    public enum Class: String, CaseIterable, Sendable {
        case deadWait = "dead-wait"
        case quorumShort = "quorum-short"
        case deadlockCycle = "deadlock-cycle"
        case selfDeadlock = "self-deadlock"
        case orphanedLock = "orphaned-lock"
        case holderBlocked = "holder-blocked"
        case forkChildLock = "fork-child-lock"
        case joinStuck = "join-stuck"
        case lostWakeup = "lost-wakeup"
        case barrierShort = "barrier-short"
        case semaphoreStarved = "semaphore-starved"
        case busyLoop = "busy-loop"
        case livelock
        case blockedOutside = "blocked-outside"
        case slowButAlive = "slow-but-alive"
        case callbackOwnQueue = "callback-own-queue"
        case poolStarved = "pool-starved"
        case continuationLost = "continuation-lost"
        case promiseAbandoned = "promise-abandoned"
        case crash
        case healthy

        /// Whether a program of the class has something in it that never ends.
        var isStuck: Bool { ![.healthy, .blockedOutside, .slowButAlive, .crash].contains(self) }
    }

    public var title: String
    public var `class`: Class
    /// Kebab words; of a look-alike nil.
    public var cause: String?
    /// The class that a look-alike looks like; nil for a bug.
    public var looksLike: Class?
    /// In the order of the header; never empty.
    public var threads: [TruthThread]
    /// Swift tasks that no thread runs.
    public var tasks: [TruthThread]
    public var releases: [TruthRelease]
    /// For the compiler and the linker, behind those of the build variant.
    public var flags: [String]
    /// Files of the same folder that are built as shared objects beside the program.
    public var libraries: [String]
    public var notes: [String]

    /// Whether a thread or task is declared never to go on.
    public var hasStuck: Bool { (threads + tasks).contains { [.stuck, .victim].contains($0.verdict) } }
}
