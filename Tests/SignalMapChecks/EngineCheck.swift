/// What was seen of an engine, held against the maps of its files.
public struct EngineCheck: Sendable {
    /// Something that was seen and that the map does not explain.
    public struct Miss: Hashable, Sendable {
        public enum What: String, CaseIterable, Sendable {
            /// No wait is in the map where a thread waited.
            case waitSite = "wait site"
            /// No signal is in the map where one was given.
            case signalSite = "signal site"
            /// The map excludes that both are the same object.
            case identity
            /// No creation is in the map where a thread was created.
            case creationSite = "creation site"
            /// A thread ran what the map excludes there.
            case startRoutine = "start routine"
        }

        public var what: What
        /// The innermost analysed call, and for a wait and a signal both.
        public var places: [FileAddress]
        /// The kind of object, or what the map says instead.
        public var subject: String
    }

    public struct Count: Hashable, Sendable {
        public var seen = 0
        public var explained = 0

        mutating func add(_ isExplained: Bool) {
            seen += 1
            if isExplained { explained += 1 }
        }
    }

    /// Distinct calls in which threads waited.
    public internal(set) var waitSites = Count()
    /// Distinct calls by which objects were signalled.
    public internal(set) var signalSites = Count()
    /// Distinct pairs of a wait and a signal of the same object.
    public internal(set) var pairs = Count()
    /// Of these, how sure the map is that both are one object.
    public internal(set) var levels: [MatchLevel: Int] = [:]
    /// Distinct calls that created threads.
    public internal(set) var creationSites = Count()
    /// Distinct pairs of such a call and what the thread ran.
    public internal(set) var starts = Count()
    /// Of these, those that the map does not name, but says itself that there may be others.
    public internal(set) var startsOpen = 0
    /// Threads whose start routine is in no analysed file, and of which no whole stack was seen.
    public internal(set) var startsUnseen = 0
    /// Stacks without a frame in an analysed file.
    public internal(set) var outside = 0
    public internal(set) var misses: Set<Miss> = []

    public init<Answers: MapAnswers>(_ observation: EngineObservation, _ answers: Answers) {
        var checker = EngineChecker(answers)
        for object in observation.objects { checker.take(object) }
        for creation in observation.creations { checker.take(creation) }
        checker.finish()
        self = checker.result
    }

    init() {}
}
