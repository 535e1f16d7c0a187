/// Something that was looked for and could not be read or decided. A gap stands in every report.
public struct Gap: Hashable, Codable, Sendable {
    /// What the gap takes away from the picture.
    public enum Subject: Hashable, Codable, Sendable {
        case process
        case thread(ThreadID)
        case module(String)
        case memory(Address)
        case object(SyncObjectID)
        case file(String)
    }

    /// What it is about.
    public var subject: Subject
    /// What was tried, as a verb phrase: "read the registers".
    public var operation: String
    /// Why it failed, as a plain clause: "the thread exited meanwhile".
    public var reason: String
    /// What the reader can do about it, as a sentence; nil when nothing would help.
    public var help: String?

    public init(_ subject: Subject, operation: String, reason: String, help: String? = nil) {
        self.subject = subject
        self.operation = operation
        self.reason = reason
        self.help = help
    }
}

/// Where a fact was taken from, so that a reader can weigh it.
public enum FactSource: String, Hashable, Codable, Sendable {
    case registers
    case procfs
    case ptrace
    /// Fields of an object that libc or a language runtime keeps in the target's memory.
    case runtimeFields
    case unwind
    case symbol
    case coreNote
    case text
    case registry
    case staticMap
}
