/// A variable of a function on a stack that by its name and its value holds an error: what was under way there.
public struct ErrorValue: Hashable, Codable, Sendable {
    public var thread: ThreadID
    /// Index into the frames of the thread's stack, 0 the innermost.
    public var frame: Int
    /// Which of the frame's functions, 0 the innermost.
    public var depth: Int
    /// As the source has it: "ret".
    public var name: String
    /// Never 0. An error number of libc, positive or negated, or a library's own.
    public var value: Int64

    public init(thread: ThreadID, frame: Int, depth: Int, name: String, value: Int64) {
        self.thread = thread
        self.frame = frame
        self.depth = depth
        self.name = name
        self.value = value
    }
}
