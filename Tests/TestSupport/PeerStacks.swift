/// One function of a stack as a tool reports it: physical, or inlined into the next one.
public struct PeerFrame: Hashable, Sendable {
    public enum Kind: String, Sendable {
        case physical
        case inlined
        /// Not on the stack: a caller that gave its frame away in a tail call, and that a debugger reconstructed.
        case tailCall
        /// The trampoline that the kernel calls a signal handler with.
        case signal
    }

    public var pc: UInt64
    public var kind: Kind
    /// All names the tool has for it; empty when it has none. The first is the one that it prints.
    public var functions: [String]
    public var file: String?
    public var line: Int?

    public init(pc: UInt64, kind: Kind, functions: [String], file: String?, line: Int?) {
        self.pc = pc
        self.kind = kind
        self.functions = functions
        self.file = file
        self.line = line
    }
}

extension PeerFrame: CustomStringConvertible {
    public var description: String {
        let place = file.map { " at \($0):\(line ?? 0)" } ?? ""
        return "0x\(String(pc, radix: 16)) \(functions.first ?? "?")\(place)"
    }
}

/// What is looked at: a live process or a core with its executable.
public enum PeerTarget: Sendable {
    case process(Int32)
    case core(path: String, executable: String)
}

/// The stacks of all threads of one target as one tool reports them.
public struct PeerStacks: Sendable {
    public enum Failure: Error, CustomStringConvertible {
        case noStacks(command: [String], output: String)

        public var description: String {
            switch self {
            case .noStacks(let command, let output): "no stacks from \(command.joined(separator: " ")):\n\(output)"
            }
        }
    }

    /// Innermost frame first, keyed by thread id.
    public var threads: [Int32: [PeerFrame]]

    public init(threads: [Int32: [PeerFrame]]) {
        self.threads = threads
    }
}
