import SeededPrograms

/// One `release` line of a truth, held against a map.
public struct ReleaseCheck: Sendable {
    /// What has come of one function that is true to release the object.
    public enum Outcome: Hashable, Sendable {
        /// A matching site stands in it, or is the call that waits for its end; how sure the match is.
        case holds(MatchLevel)
        /// It comes to a matching site.
        case reaches(SignalWay)
        case missed(String)
    }

    public var object: String
    public var kind: TruthKind
    /// By the function's name in the truth.
    public var outcomes: [(function: String, outcome: Outcome)] = []
    /// Why no function was looked for: nothing in the program's code ends such a wait, or nobody waits.
    public var unasked: String?
    /// What the map takes the object for, for people.
    public var identities: [String] = []
    /// The functions that hold a matching site, by name, with the best level of each and whether the truth names them.
    public var named: [(function: String, level: MatchLevel, isTrue: Bool)] = []

    public var misses: [(function: String, reason: String)] {
        outcomes.compactMap { if case .missed(let reason) = $0.outcome { ($0.function, reason) } else { nil } }
    }
}

extension TruthKind {
    /// Why no code of the program is asked who ends such a wait; nil where it is.
    var endsOutside: String? {
        switch self {
        case .sleep: "time ends a sleep"
        case .flock: "the kernel gives a file lock, when whoever has it closes the file"
        case .read, .write, .poll, .epoll: "whoever has the other end of the descriptor ends it"
        case .pause, .sigwait: "a signal of the kernel ends it"
        case .continuation: "no thread waits: a suspended task has no stack"
        case .running: "it does not wait"
        case .other: "it waits for something that has no name here"
        case .spin: "no call waits: a loop looks at memory until it changes"
        case .join: "the end of the thread that is joined, not a call, ends it"
        case .condition, .mutex, .rwlockRead, .rwlockWrite, .semaphore, .barrier, .once, .futex, .queue:
            nil
        }
    }
}
