/// How sure an edge of the call graph is, from strong to weak: as the records of maps have it.
public enum EdgeLevel: Int, CaseIterable, Comparable, Hashable, Sendable {
    case direct, table, parameter, `class`, prototype, offset, any

    public static func < (left: EdgeLevel, right: EdgeLevel) -> Bool { left.rawValue < right.rawValue }
}

/// How sure it is that two identities are one object, from strong to weak.
public enum MatchLevel: Int, CaseIterable, Comparable, Hashable, Sendable {
    /// The same variable.
    case same
    /// The same member of the same type.
    case member
    /// The same kind of object behind another pointer.
    case type
    /// Both are known to some extent, and nothing speaks against it.
    case possible
    /// Of one of them nothing is known.
    case unknown

    public static func < (left: MatchLevel, right: MatchLevel) -> Bool { left.rawValue < right.rawValue }
}

/// The surest way from a function to where an object is signalled.
public struct SignalWay: Hashable, Sendable, Comparable {
    /// How sure it is that it is the object.
    public var match: MatchLevel
    /// The weakest edge of the way.
    public var edge: EdgeLevel

    public init(match: MatchLevel, edge: EdgeLevel) {
        self.match = match
        self.edge = edge
    }

    public static func < (left: SignalWay, right: SignalWay) -> Bool {
        (left.match, left.edge) < (right.match, right.edge)
    }
}

/// What a call does to an object.
public enum SiteAction: Hashable, Sendable, CaseIterable {
    /// Waits on it, or acquires it.
    case wait
    /// Signals it, posts it, or gives it back.
    case signal
    case create
}

/// What an operation is done to, as far as it matters for what the runtime can see of it.
public enum SiteObject: Hashable, Sendable, CaseIterable {
    /// A condition, semaphore, barrier or word, or what a library makes of these: futures, latches, queues.
    case signalled
    /// A mutex, a reader-writer lock or the like.
    case lock
    /// A thread, a descriptor, a timer: what the kernel itself tells the end of.
    case other
}

/// One thing that the map says of a call.
public struct SiteOperation<Identity: Hashable & Sendable>: Hashable, Sendable {
    public var action: SiteAction
    public var object: SiteObject
    /// Which object.
    public var identity: Identity
    /// It hangs on the function's own parameters: what the callers hand over tells which object it is.
    public var isParametric: Bool

    public init(
        action: SiteAction, object: SiteObject = .signalled, identity: Identity, isParametric: Bool = false
    ) {
        self.action = action
        self.object = object
        self.identity = identity
        self.isParametric = isParametric
    }
}

/// What a stack of calls does, and which of them tells the object.
public struct DecidedOperation<Identity: Hashable & Sendable>: Hashable, Sendable {
    public var place: FileAddress
    /// Never empty.
    public var identities: [Identity]
}

/// A call that signals, where some identity was asked for.
public struct MatchingSite: Hashable, Sendable {
    /// The return address; of a tail call, which has none, the address behind its first byte.
    public var place: FileAddress
    /// The start of the function that holds it.
    public var function: FileAddress
    /// How sure it is that both are the same object.
    public var level: MatchLevel

    public init(place: FileAddress, function: FileAddress, level: MatchLevel) {
        self.place = place
        self.function = function
        self.level = level
    }
}

/// The start routines that a creation may give its thread.
public struct PossibleStarts: Hashable, Sendable {
    public var functions: Set<FileAddress>
    /// There may be others that the map does not know, as it says itself.
    public var isOpen: Bool

    public init(functions: Set<FileAddress> = [], isOpen: Bool = false) {
        self.functions = functions
        self.isOpen = isOpen
    }
}

/// What the checks ask a signal map, or several that were linked.
public protocol MapAnswers {
    associatedtype Identity: Hashable & Sendable

    /// Whether the file's code was analysed. Frames of other files are passed over.
    func covers(_ module: String) -> Bool
    /// What the call that returns to `place` does.
    func operations(at place: FileAddress) -> [SiteOperation<Identity>]
    /// Whether both may be one object; nil if the map excludes it.
    func match(_ wait: Identity, _ signal: Identity) -> MatchLevel?
    /// All calls that may signal the object or change what its waiters wait for.
    func sites(matching wait: Identity) -> [MatchingSite]
    /// The surest way on which code that begins at `function` comes to a signal of the object, a write of its predicate,
    /// or the creation of a thread that does so. Nil if there is none.
    func way(from function: FileAddress, to wait: Identity) -> SignalWay?
    /// Whether the call that returns to `place` runs a function before it does.
    func isRun(_ function: FileAddress, before place: FileAddress) -> Bool
    /// What the threads that the call creates may run; nil if it creates none by the map.
    func starts(at place: FileAddress) -> PossibleStarts?
    /// The start of the function that holds an address.
    func function(holding place: FileAddress) -> FileAddress?
    /// For people.
    func name(of identity: Identity) -> String
}

extension MapAnswers {
    /// What the calls of a stack do, return addresses innermost first: of the innermost call in analysed code by which
    /// the object is decided; where that is never so, of the innermost that does something at all. Nil if none does.
    ///
    /// `objects`: what it can have been done to. A call may release a lock and signal a condition, and one of them was
    /// seen.
    public func operation(
        on stack: [FileAddress], _ action: SiteAction, to objects: Set<SiteObject> = Set(SiteObject.allCases)
    ) -> DecidedOperation<Identity>? {
        var first: DecidedOperation<Identity>?
        for place in stack where covers(place.module) {
            let here = operations(at: place).filter { $0.action == action && objects.contains($0.object) }
            let decided = here.filter { !$0.isParametric }
            if !decided.isEmpty { return DecidedOperation(place: place, identities: decided.map(\.identity)) }
            if first == nil, !here.isEmpty {
                first = DecidedOperation(place: place, identities: here.map(\.identity))
            }
        }
        return first
    }

    /// The best match of any two.
    public func match(_ waits: [Identity], _ signals: [Identity]) -> MatchLevel? {
        waits.flatMap { wait in signals.compactMap { match(wait, $0) } }.min()
    }
}

/// Makes maps.
public protocol MapMaker: Sendable {
    associatedtype Answers: MapAnswers

    /// The maps of these files, linked with each other. None is taken from a cache: files without symbols have the build
    /// ids of those with them.
    func answers(for files: [String]) throws -> Answers
}
