import Foundation

/// The built command line tool, the one beside the running tests.
public enum DeadwaitTool {
    public enum Failure: Error, CustomStringConvertible {
        case missing(String)
        case noSnapshot(command: [String], status: Int32, output: String)

        public var description: String {
            switch self {
            case .missing(let path): "\(path) is not there; build it with: swift build --product deadwait"
            case .noSnapshot(let command, let status, let output):
                "no snapshot from \(command.joined(separator: " ")), status \(status):\n\(output)"
            }
        }
    }

    public static var executable: String {
        get throws {
            let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let path = URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent("deadwait").path
            guard FileManager.default.isExecutableFile(atPath: path) else { throw Failure.missing(path) }
            return path
        }
    }
}
