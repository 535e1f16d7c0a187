/// Why no map could be made of a binary.
public enum SignalMapError: Error, Hashable, Sendable {
    /// It could not be opened, is not ELF, or is for another machine: the file and what is wrong.
    case unreadable(path: String, reason: String)
    /// It holds no code that could be found.
    case noCode(path: String)
    /// The disassembler could not be started, for want of memory.
    case noDisassembler
}

extension SignalMapError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)"
        case .noCode(let path): "\(path) holds no code that could be found"
        case .noDisassembler: "the disassembler could not be started"
        }
    }

    /// What to try.
    public var help: String {
        switch self {
        case .unreadable: "Give an ELF file of x86-64: a program, a shared library or a core's module."
        case .noCode: "Give the file itself, not its separate debug file, which holds no code."
        case .noDisassembler: "Free some memory and try again."
        }
    }
}
