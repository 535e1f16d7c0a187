import ArgumentParser
import Deadwait
import Glibc

/// What a command looks at: a process, a core or a saved snapshot.
enum TargetArgument: ExpressibleByArgument {
    case process(ProcessID)
    case file(String)

    /// Digits only are a pid, unless a file of that name exists: `./1234` is always a file.
    init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        if let number = Int32(argument), number > 0, access(argument, F_OK) != 0 {
            self = .process(ProcessID(number))
        } else {
            self = .file(argument)
        }
    }
}
