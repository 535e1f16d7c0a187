import Glibc

/// A started program. Its standard output goes where the caller says, its standard error to /dev/null.
struct ChildProcess {
    let identifier: pid_t

    /// What wait4(2) says of a program that has ended, with all its children that it waited for.
    struct Outcome {
        var status: Int32
        var wall: Double
        /// User and system time, seconds.
        var cpu: Double
        /// Peak resident memory of the largest of its processes, MiB.
        var peak: Double
    }

    /// Starts `command`, found in PATH, as the leader of a process group of its own.
    init(_ command: [String], output: String = "/dev/null", environment: [String: String] = [:]) throws(BenchmarkError)
    {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        var inherited: [String] = []
        var entry = environ
        while let text = entry.pointee {
            let line = String(cString: text)
            if !environment.keys.contains(where: { line.hasPrefix("\($0)=") }) { inherited.append(line) }
            entry += 1
        }
        let arguments = command.map { strdup($0) } + [nil]
        let variables = (inherited + environment.map { "\($0.key)=\($0.value)" }).map { strdup($0) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var identifier = pid_t()
        let error = posix_spawnp(&identifier, command[0], &actions, &attributes, arguments, variables)
        guard error == 0 else { throw .system(operation: "start", subject: command[0], errno: error) }
        self.identifier = identifier
    }

    /// Waits for its end.
    func wait(since start: UInt64) -> Outcome {
        var status: Int32 = 0
        var usage = rusage()
        while wait4(identifier, &status, 0, &usage) < 0, errno == EINTR {}
        let end = monotonicNanoseconds()
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        let exited = status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
        return Outcome(
            status: exited, wall: Double(end - start) / 1e9, cpu: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            peak: Double(usage.ru_maxrss) / 1024)
    }

    func kill() {
        _ = Glibc.kill(identifier, SIGKILL)
        _ = wait(since: monotonicNanoseconds())
    }

    @discardableResult
    static func run(_ command: [String], output: String = "/dev/null", environment: [String: String] = [:])
        throws(BenchmarkError) -> Outcome
    {
        let start = monotonicNanoseconds()
        return try ChildProcess(command, output: output, environment: environment).wait(since: start)
    }

    /// Runs a command whose success is needed.
    static func require(_ command: [String], output: String = "/dev/null") throws(BenchmarkError) {
        let outcome = try run(command, output: output)
        guard outcome.status == 0 else { throw .command(command, status: outcome.status) }
    }
}

func monotonicNanoseconds() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
}
