import Glibc

/// Why something could not be measured.
enum BenchmarkError: Error, CustomStringConvertible {
    case missing(tool: String, package: String)
    case command([String], status: Int32)
    case system(operation: String, subject: String, errno: Int32)
    case notReady(program: String)
    case unreadable(path: String, reason: String)

    var description: String {
        switch self {
        case .missing(let tool, let package): "\(tool) is not installed: apt-get install \(package)"
        case .command(let command, let status): "\(command.joined(separator: " ")) ended with status \(status)"
        case .system(let operation, let subject, let errno):
            "\(operation) \(subject): \(String(cString: strerror(errno)))"
        case .notReady(let program): "\(program) did not say that it is ready"
        case .unreadable(let path, let reason): "\(path): \(reason)"
        }
    }
}
