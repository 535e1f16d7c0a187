/// What a seeded program's header says of a thread: whether it will ever go on.
public enum TruthVerdict: String, CaseIterable, Sendable {
    /// No one who is alive can end its wait.
    case stuck
    /// It waits for one that is stuck.
    case victim
    /// A server without work.
    case idle
    /// Somebody is about to end its wait.
    case waiting
    /// Something outside the process decides.
    case outside
    case running
}

/// What a thread is declared to be blocked in.
public enum TruthKind: String, CaseIterable, Sendable {
    case condition, mutex
    case rwlockRead = "rwlock-read"
    case rwlockWrite = "rwlock-write"
    case semaphore, barrier, once, join, futex, sleep, poll, epoll, read, write, pause, sigwait, flock
    /// On a CPU, going round in a loop that only looks.
    case spin
    /// On a CPU, at work.
    case running
    /// In a wait for a queue or a group of Dispatch.
    case queue
    /// A task that is suspended, which no thread runs.
    case continuation
    case other
}

/// Whether a wait ends by itself.
public enum TruthTiming: String, CaseIterable, Sendable {
    /// One call with a timeout.
    case timed
    case untimed
    /// A loop round short waits.
    case polling
}

/// One `thread` or `task` line.
public struct TruthThread: Equatable, Sendable {
    /// The kernel's name of the thread, at most 15 bytes, or `main` for the initial thread.
    public var name: String
    /// How many of them there are. A pool that makes and ends its threads as it likes has a range, from 0 at the least.
    public var count: ClosedRange<Int>
    public var verdict: TruthVerdict
    public var kind: TruthKind
    /// As the source spells it; nil when the line names none.
    public var object: String?
    /// Nil when the line does not say.
    public var timing: TruthTiming?
    /// Of the file, from 1.
    public var line: Int

    public init(
        name: String, count: ClosedRange<Int> = 1...1, verdict: TruthVerdict, kind: TruthKind, object: String? = nil,
        timing: TruthTiming? = nil, line: Int
    ) {
        self.name = name
        self.count = count
        self.verdict = verdict
        self.kind = kind
        self.object = object
        self.timing = timing
        self.line = line
    }
}
