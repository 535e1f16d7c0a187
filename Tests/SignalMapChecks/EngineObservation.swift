/// What was seen of an engine while it ran: who waited on what, who signalled it, who created whom.
public struct EngineObservation: Sendable {
    /// A call with its callers: return addresses, innermost first.
    public typealias CallStack = [FileAddress]

    /// Something that threads waited for, at one address for as long as it was the same.
    public struct ObservedObject: Sendable {
        /// Of the runtime: `condition`, `semaphore`, `barrier`, `futex`.
        public var kind: String
        public var waits: Set<CallStack> = []
        public var signals: Set<CallStack> = []

        public init(kind: String) { self.kind = kind }
    }

    /// A thread that came to be.
    public struct Creation: Hashable, Sendable {
        public var stack: CallStack
        /// What `pthread_create` was given.
        public var startRoutine: FileAddress
        /// Return addresses in the outermost frames of one of the thread's own stacks, outermost first; empty where no
        /// whole stack was seen. Of a start routine of another library, as std::thread's, they tell what it called.
        public var firstCalls: CallStack

        public init(stack: CallStack, startRoutine: FileAddress, firstCalls: CallStack = []) {
            self.stack = stack
            self.startRoutine = startRoutine
            self.firstCalls = firstCalls
        }
    }

    public var objects: [ObservedObject] = []
    public var creations: Set<Creation> = []
    /// How often a registry was read.
    public var looks = 0
    /// What the runtime could not keep, or what could not be read, and how often.
    public var losses: [String: UInt64] = [:]

    public init() {}

    /// All distinct call sites of an operation: innermost return addresses.
    public func sites(_ stacks: (ObservedObject) -> Set<CallStack>) -> Set<FileAddress> {
        Set(objects.flatMap { stacks($0).compactMap(\.first) })
    }
}
