import DebugInfo
import Glibc

/// Why no map could be made of a binary, or a map could not be read or kept.
public enum SignalMapError: Error, Hashable, Sendable {
    /// It could not be opened, is not ELF, or is for another machine: the file and what is wrong.
    case unreadable(path: String, reason: String)
    /// It is something else than a program or library of x86-64: the file and what it is.
    case otherKind(path: String, kind: FileKind)
    /// It holds no code that could be found.
    case noCode(path: String)
    /// The disassembler could not be started, for want of memory.
    case noDisassembler
    /// More records than a map can number.
    case tooLarge(path: String)
    /// A system call failed on a map's file: a verb, the file and the error's number.
    case file(operation: String, path: String, errno: Int32)
    /// A file that is no signal map.
    case notAMap(path: String)
    /// A signal map in another version of the format.
    case otherVersion(path: String, version: UInt32)
    /// A signal map that is cut short or changed: what does not fit.
    case damaged(path: String, reason: String)
}

extension SignalMapError {
    /// Of a binary that could not be opened or parsed.
    init(_ error: DebugInfoError, path: String) {
        switch error {
        case .file(let operation, let path, let errno): self = .file(operation: operation, path: path, errno: errno)
        case .malformed(_, let reason): self = .unreadable(path: path, reason: reason)
        default: self = .unreadable(path: path, reason: error.description)
        }
    }
}

extension SignalMapError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)"
        case .otherKind(let path, let kind): "\(path) is \(kind.description)"
        case .noCode(let path): "\(path) holds no code that could be found"
        case .noDisassembler: "the disassembler could not be started"
        case .tooLarge(let path): "\(path) has more code than a signal map can hold"
        case .file(let operation, let path, let errno):
            "cannot \(operation) \(path): \(String(cString: strerror(errno)))"
        case .notAMap(let path): "\(path) is not a signal map"
        case .otherVersion(let path, let version): "\(path) is a signal map of version \(version), which is not ours"
        case .damaged(let path, let reason): "\(path) is a damaged signal map: \(reason)"
        }
    }

    /// What to try.
    public var help: String {
        switch self {
        case .unreadable:
            "Check that the file exists and that you may read it; `readelf -hl FILE` says whether it is whole."
        case .otherKind(_, let kind): kind.help
        case .noCode:
            "Give the whole file: a separate debug file holds no code, nor does one that was cut short when it was copied."
        case .noDisassembler: "Free some memory and try again."
        case .tooLarge: "Give its libraries one by one, or a smaller program."
        case .file: "Check that the file and its folder exist, that you may use them, and that the disk has room."
        case .notAMap: "Give a file that `deadwait map -o` wrote, or the binary itself."
        case .otherVersion: "Make it again from the binary with this version: `deadwait map BINARY -o FILE`."
        case .damaged: "Make it again from the binary: `deadwait map BINARY -o FILE`."
        }
    }
}
