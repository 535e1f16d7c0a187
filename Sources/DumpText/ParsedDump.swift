import ProcessModel

/// What a line of a dump was taken for.
public enum LineRole: String, Hashable, Sendable, CaseIterable {
    /// Names a thread.
    case thread
    case frame
    /// Continues the line before it.
    case continued
    /// Says something about a lock or its owner.
    case lock
    /// A fact about the process: its id, its program, a thread that has ended, a signal.
    case fact
    /// Known and of no use: prompts, banners, locals, source lines.
    case noise
    /// Not understood.
    case ignored
    case blank
}

/// One line of the text and what it was taken for.
public struct ExplainedLine: Hashable, Sendable {
    /// Of the text as it was given, from 1.
    public var number: Int
    public var role: LineRole
    /// As the carriers left it.
    public var text: String
}

/// One frame as the text says it.
struct ParsedFrame: Hashable, Sendable {
    /// As printed; nil where frames are not numbered.
    var number: Int?
    var address: UInt64?
    var function: String?
    /// Bytes from the function's start, where the text says so.
    var offset: UInt64?
    var arguments: [Parameter] = []
    var file: String?
    var line: Int?
    var column: Int?
    /// The path or name of the binary.
    var module: String?
    /// What the kernel made to run a signal handler.
    var isSignalFrame = false
    /// Put into the function of the next frame out.
    var isInlined = false
}

/// One thread as the text says it.
struct ParsedThread: Hashable, Sendable {
    /// The debugger's own number.
    var number: Int?
    /// pthread_self(3) of it.
    var handle: UInt64?
    /// The kernel's id.
    var lwp: Int32?
    var name: String?
    var frames: [ParsedFrame] = []
    /// The stack goes on, as the tool itself says.
    var hasMore = false
    /// Of a list of threads, which shows one frame of each.
    var isListed = false
    /// Why the tool could not go on.
    var failure: String?
    /// The tool said that it is blocked so: jstack's states.
    var state: String?
    /// Of the text, from 1.
    var line = 0
}

/// A structure that the text shows, with an owner.
struct PrintedObject: Hashable, Sendable {
    /// What was printed: an expression, or a name.
    var name: String?
    var address: UInt64?
    var fields: [SyncObject.Field] = []
}

/// One dump: what a tool wrote of one process at one time.
struct ParsedDump: Sendable {
    var format: String
    var process: Int32?
    var executable: String?
    var isCore = false
    var threads: [ParsedThread] = []
    var objects: [PrintedObject] = []
    /// Kernel ids of threads that the text says have ended.
    var ended: [Int32] = []
    var signal: String?
    /// What the tool itself complains of.
    var complaints: [String] = []
    /// Lines of the text as it was given.
    var lines: ClosedRange<Int> = 1...1

    init(format: String) { self.format = format }
}
