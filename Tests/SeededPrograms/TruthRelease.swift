/// Who would have released what a thread waits for: one `release` line.
public struct TruthRelease: Equatable, Sendable {
    public enum Status: String, CaseIterable, Sendable {
        case neverCreated = "never-created"
        case creationFailed = "creation-failed"
        case exited
        /// Alive, but it can no longer get there.
        case past
        /// Alive, and waits for something itself.
        case blocked
        case alive
        /// Code of the application, which may call at any time.
        case application
        /// Not in this process.
        case outside
        case nobody
    }

    /// A function and what has become of the thread that would have called it.
    public struct Candidate: Equatable, Sendable {
        /// The function that holds the signal call, or the start routine; nil with `nobody`, `outside` and
        /// `application`, which need none.
        public var function: String?
        public var status: Status

        public init(function: String?, status: Status) {
            self.function = function
            self.status = status
        }
    }

    public var object: String
    /// Never empty.
    public var candidates: [Candidate]
    /// Of the file, from 1.
    public var line: Int

    public init(object: String, candidates: [Candidate], line: Int) {
        self.object = object
        self.candidates = candidates
        self.line = line
    }
}
