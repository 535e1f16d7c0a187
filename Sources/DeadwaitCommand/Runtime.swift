import ArgumentParser
import DeadwaitRuntime
import Glibc

/// Prints where the runtime library is, for LD_PRELOAD, and puts it there.
struct Runtime: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runtime",
        abstract: "Writes the runtime library to a folder and prints its path, for LD_PRELOAD.",
        discussion: """
            The library records which threads exist and who made them, what each waits for
            and since when, and who has signalled what: what nobody can know afterwards.

              LD_PRELOAD=$(deadwait runtime) ./server
              deadwait attach PID

            With --locks, or with DEADWAIT_LOCKS=1 in its environment, it also keeps the
            locks that each thread holds. DEADWAIT_REGISTRY=FILE keeps the record in a file
            that outlives the process: read it with deadwait registry FILE.
            Without --install the folder is in the user's cache, by version.
            """)

    @Option(help: "The folder to write to: both libraries and deadwait.h.")
    var install: String?

    @Flag(help: "Print the path of the library that records held locks, too.")
    var locks = false

    mutating func run() throws {
        let directory = install ?? Self.cacheDirectory
        guard let directory else {
            throw CommandFailure(
                reason: "neither XDG_CACHE_HOME nor HOME is set, so there is no cache to write to",
                help: "Name a folder: deadwait runtime --install FOLDER.")
        }
        let path = "\(directory)/\(locks ? "libdeadwait-locks.so" : "libdeadwait.so")"
        do {
            if install != nil || !Self.isComplete(directory) { try RuntimeFiles.install(into: directory) }
        } catch {
            throw CommandFailure(reason: error.description, help: error.help)
        }
        guard let resolved = realpath(path, nil) else {
            throw CommandFailure(reason: "\(path) is not there: \(String(cString: strerror(errno)))", help: nil)
        }
        defer { free(resolved) }
        Terminal.say(String(cString: resolved) + "\n")
    }

    /// By version, so that an older one stays for programs that were started with it.
    private static var cacheDirectory: String? {
        func variable(_ name: String) -> String? {
            getenv(name).map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil }
        }
        let cache = variable("XDG_CACHE_HOME") ?? variable("HOME").map { $0 + "/.cache" }
        return cache.map { "\($0)/deadwait/runtime/\(RuntimeFiles.version)" }
    }

    /// Whether every file is there in full: a folder of the version's name may have been cleaned by age.
    private static func isComplete(_ directory: String) -> Bool {
        RuntimeFiles.names.allSatisfy { name in
            var status = stat()
            return stat("\(directory)/\(name)", &status) == 0 && status.st_uid == geteuid()
                && status.st_size == (RuntimeFiles.contents(of: name)?.count ?? -1)
        }
    }
}
