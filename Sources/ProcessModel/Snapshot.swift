/// A process at one moment, symbolized: what every rule and every report reads.
///
/// A value. Saved as JSON it loads to an equal value, so that every bug report can become a test.
public struct Snapshot: Hashable, Codable, Sendable {
    /// The version of the saved form. Within a version fields are only added.
    public static let schema = "deadwait.snapshot/1"

    public var schema: String
    public var process: ProcessInfo
    /// In the order of their ids.
    public var threads: [Thread]
    /// Sorted by start.
    public var modules: [Module]
    /// Each distinct frame once.
    public var frames: [Frame]
    /// Each distinct stack once.
    public var stacks: [Stack]
    /// Sorted by id.
    public var objects: [SyncObject]
    /// Nil of a process that did not crash.
    public var crash: Crash?
    /// What the runtime library recorded; nil where it is not loaded or could not be read (a gap says so then).
    public var registry: RegistryRecord?
    /// Errors that functions on the stacks of waiting threads hold in their variables, by thread and frame; nil where
    /// that was not looked for.
    public var errors: [ErrorValue]?
    /// What could not be read or decided.
    public var gaps: [Gap]
    /// What the capture cost the target, and how long each step took.
    public var timing: CaptureTiming

    public init(
        process: ProcessInfo, threads: [Thread] = [], modules: [Module] = [], frames: [Frame] = [],
        stacks: [Stack] = [], objects: [SyncObject] = [], crash: Crash? = nil, registry: RegistryRecord? = nil,
        gaps: [Gap] = [], timing: CaptureTiming = CaptureTiming()
    ) {
        self.schema = Self.schema
        self.process = process
        self.threads = threads
        self.modules = modules
        self.frames = frames
        self.stacks = stacks
        self.objects = objects
        self.crash = crash
        self.registry = registry
        self.gaps = gaps
        self.timing = timing
    }

    /// The frames of a thread, innermost first; empty without a stack.
    public func frames(of thread: Thread) -> [Frame] {
        guard let index = thread.stack, stacks.indices.contains(index) else { return [] }
        return stacks[index].frames.compactMap { frames.indices.contains($0) ? frames[$0] : nil }
    }

    /// The object of that id, if one was decoded.
    public func object(_ id: SyncObjectID) -> SyncObject? {
        objects.first { $0.id == id }
    }
}
