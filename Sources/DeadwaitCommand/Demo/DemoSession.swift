import CLinux
import Deadwait
import Glibc

/// A folder of our own, and the program that is run in it, in a session of its own: both end with this value, or with a
/// signal that ends us, unless they are to be kept. One at a time.
struct DemoSession: ~Copyable {
    /// How a program ended.
    enum End {
        case exit(status: Int32)
        case signal(Int)
    }

    let folder: String
    private(set) var process: ProcessID?
    private(set) var end: End?
    /// Nothing is ended and nothing removed.
    var isKept = false

    /// Files in the folder: what the program writes.
    private static let (output, errors) = ("output", "errors")

    init() throws(CommandFailure) { folder = try Self.guardedFolder() }

    private static func guardedFolder() throws(CommandFailure) -> String {
        let parent = getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
        var template = "\(parent)/deadwait-demo.XXXXXX".utf8CString.map { $0 }
        guard mkdtemp(&template) != nil else {
            throw CommandFailure(
                reason: "cannot make a folder in \(parent): \(String(cString: strerror(errno)))",
                help: "Set TMPDIR to a folder that exists and that you may write to.")
        }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let error = clinux_session_guard(folder)
        if error == 0 { return folder }
        rmdir(folder)
        throw CommandFailure(
            reason: "cannot use \(folder): \(String(cString: strerror(-error)))", help: "Set TMPDIR to a shorter path.")
    }

    deinit {
        if isKept { clinux_session_keep() } else { clinux_session_end() }
    }

    /// Starts the program in the folder. `environment` is added to ours; where `isTraced`, it has to be followed.
    mutating func start(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], outlivesUs: Bool = false,
        isTraced: Bool = false
    ) throws(CommandFailure) {
        var all: [String] = []
        var variable = environ
        while let text = variable.pointee {
            let entry = String(cString: text)
            let name = entry.prefix { $0 != "=" }
            if environment[String(name)] == nil { all.append(entry) }
            variable += 1
        }
        all += environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let name = program.split(separator: "/").last.map(String.init) ?? program
        let started = Self.withCStrings([name] + arguments) { arguments in
            Self.withCStrings(all) { environment in
                program.withCString { program in
                    folder.withCString { folder in
                        Self.output.withCString { output in
                            Self.errors.withCString { errors in
                                var session = clinux_session(
                                    program: program, arguments: arguments, environment: environment, folder: folder,
                                    output: output, errors: errors, outlives_us: outlivesUs ? 1 : 0,
                                    is_traced: isTraced ? 1 : 0)
                                return clinux_session_start(&session)
                            }
                        }
                    }
                }
            }
        }
        guard started > 0 else {
            throw CommandFailure(
                reason: "cannot start \(program): \(String(cString: strerror(-started)))",
                help: "Check the limits of processes and memory of this user (ulimit -a), and that it may trace its "
                    + "own children (Yama, seccomp).")
        }
        process = ProcessID(started)
        end = nil
    }

    /// Whether the program has ended, looked at now.
    mutating func hasEnded() -> Bool {
        guard end == nil, let process else { return true }
        var (status, signal): (Int32, Int32) = (-1, -1)
        switch clinux_session_ended(process.rawValue, &status, &signal) {
        case 0: return false
        case 1: end = signal > 0 ? .signal(Int(signal)) : .exit(status: status)
        // Somebody else has waited for it.
        default: end = .exit(status: -1)
        }
        return true
    }

    /// Notes an end that was seen by other means.
    mutating func noteEnd(_ end: End) { self.end = end }

    /// What the program has written to standard output, a mebibyte at most.
    func writtenOutput() -> String { Self.text(of: "\(folder)/\(Self.output)") }

    /// What the program has written to standard error, a mebibyte at most.
    func writtenErrors() -> String { Self.text(of: "\(folder)/\(Self.errors)") }

    private static func text(of path: String) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        // Not there before the program runs.
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count < 1 << 20 {
            let count = read(file, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += part[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func withCStrings<Result>(
        _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeBufferPointer { body($0.baseAddress.unsafelyUnwrapped) }
    }
}
