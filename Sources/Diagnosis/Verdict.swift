import ProcessModel

/// What is said of one thread.
public enum Verdict: String, Hashable, Codable, Sendable, CaseIterable {
    /// A finding that is proved or likely is about it.
    case stuck
    /// It waits behind one that is stuck.
    case victim
    /// It has nothing to do and that is all right.
    case idle
    /// It waits inside the process, and nothing shows that this will not end.
    case waiting
    /// It waits for something outside the process: a timer, a peer, a file, a signal.
    case outside
    case running
    /// What it does could not be found out.
    case unknown
}

/// The verdict on one thread, with its reason as a plain clause.
public struct ThreadVerdict: Hashable, Sendable {
    public var thread: ThreadID
    public var verdict: Verdict
    /// A plain clause, without a full stop.
    public var reason: String
    /// It waits for something that has no owner and of which nobody has said who brings it about: that it is not said to
    /// be stuck means nothing.
    public var isUnjudged: Bool

    public init(thread: ThreadID, verdict: Verdict, reason: String, isUnjudged: Bool = false) {
        self.thread = thread
        self.verdict = verdict
        self.reason = reason
        self.isUnjudged = isUnjudged
    }
}
