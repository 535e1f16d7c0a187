import ArgumentParser
import Ember
import Glibc

/// Why the tool could not do what it was asked.
enum ToolError: Error, CustomStringConvertible {
    /// A system call failed: which one, on what, with which errno value.
    case system(call: String, subject: String, errno: Int32)
    /// What the scenario is about did not come about: what was expected.
    case notReached(what: String)

    var description: String {
        switch self {
        case .system(let call, let subject, let errno): "\(call) of \(subject): \(String(cString: strerror(errno)))"
        case .notReached(let what): "not reached: \(what)"
        }
    }

    /// What to try.
    var help: String {
        switch self {
        case .system: "Check the space, the limits (ulimit -a) and the permissions of the folder given with --folder."
        case .notReached: "Try again on a machine that is less busy."
        }
    }
}

/// How an error reaches the user.
enum Complaint {
    /// Runs `body`; an error of the tool or the engine is said on standard error and becomes exit status 1.
    static func reporting(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as ToolError {
            Output.complain("ember: \(error)\n\(error.help)")
            throw ExitCode(1)
        } catch let error as EmberError {
            Output.complain("ember: \(error)\n\(error.help)")
            throw ExitCode(1)
        }
    }
}
