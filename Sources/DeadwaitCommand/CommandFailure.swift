import ArgumentParser
import Deadwait

/// Why there is no result at all: printed to standard error, exit status 3.
struct CommandFailure: Error, CustomStringConvertible {
    var reason: String
    /// What to try, as a sentence.
    var help: String?

    var description: String { reason + (help.map { "\n  " + $0 } ?? "") }

    init(reason: String, help: String? = nil) {
        self.reason = reason
        self.help = help
    }

    init(_ error: LinuxProcessError) { self.init(reason: error.description, help: error.help) }
    init(_ error: RegistryError) { self.init(reason: error.description, help: error.help) }
    init(_ error: ReportsError) { self.init(reason: error.description, help: error.help) }
}

extension ExitStatus {
    var exitCode: ExitCode { ExitCode(rawValue) }
}
