/// What can go wrong when the ELF and DWARF data of a module are opened.
public enum DebugInfoError: Error, Hashable, Sendable {
    /// A file could not be opened, mapped or read.
    case file(operation: String, path: String, errno: Int32)
    /// libelf or libdw refused; `message` is the library's own.
    case library(operation: String, subject: String, message: String)
    /// Bytes that one of our own readers does not accept.
    case malformed(subject: String, reason: String)
    /// The file is an ELF file of another kind than the process under diagnosis.
    case notOurArchitecture(path: String)
    /// The file has another build id than the module in memory: it was replaced.
    case otherBuildID(path: String, expected: String, found: String)
    /// The module's bytes are not to be had.
    case unavailable(module: String, reason: String)
    /// A size read from a file or handed over is beyond what can be true.
    case tooLarge(subject: String, size: UInt64)
    /// An isolated child could not be started or spoken to.
    case child(operation: String, errno: Int32)
    /// A message between this process and an isolated child does not have the agreed form.
    case message(problem: String)

    /// What the reader can do about it.
    public var help: String {
        switch self {
        case .file(_, let path, _): "Check that \(path) exists and is readable for this user."
        case .library(_, let subject, _): "Check \(subject) with readelf: it may be damaged or cut short."
        case .malformed(let subject, _): "Check \(subject) with readelf: it may be damaged or cut short."
        case .notOurArchitecture: "Only 64-bit x86 programs are supported."
        case .otherBuildID(let path, let expected, _):
            "Give the file with build id \(expected) in place of \(path), with --sysroot or --debug-dir."
        case .unavailable: "Give the module's file with --sysroot, or the program with --exe."
        case .tooLarge(let subject, _): "Check \(subject): its size fields are damaged."
        case .child: "Check the limits of processes and memory of this user (ulimit -a)."
        case .message: "Check the module's file with readelf: the child that read it may have been led astray by it."
        }
    }
}

extension DebugInfoError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .file(let operation, let path, let errno): "\(operation) \(path): \(errnoText(errno))"
        case .library(let operation, let subject, let message): "\(operation) \(subject): \(message)"
        case .malformed(let subject, let reason): "\(subject): \(reason)"
        case .notOurArchitecture(let path): "\(path) is not an ELF file for x86-64"
        case .otherBuildID(let path, let expected, let found):
            "\(path) has build id \(found), the module in memory \(expected)"
        case .unavailable(let module, let reason): "\(module): \(reason)"
        case .tooLarge(let subject, let size): "\(subject): a size of \(size) bytes cannot be right"
        case .child(let operation, let errno): "\(operation): \(errnoText(errno))"
        case .message(let problem): "the isolated reader's answer is malformed: \(problem)"
        }
    }
}
