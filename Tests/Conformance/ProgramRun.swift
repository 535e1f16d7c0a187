import Foundation

/// How a program ended, and what it wrote.
public struct ProgramOutcome: Sendable, Equatable {
    public enum End: Sendable, Equatable, CustomStringConvertible {
        case exited(Int32)
        case killed(signal: Int32)
        /// It was killed because it did not end in time.
        case timedOut

        public var description: String {
            switch self {
            case .exited(let status): "exited with \(status)"
            case .killed(let signal): "killed by signal \(signal)"
            case .timedOut: "did not end in time"
            }
        }
    }

    public let end: End
    public let output: String
    public let errors: String
}

/// A program to be run to its end in a session of its own, so that a signal to its process group meets nobody else.
public struct ProgramRun: Sendable {
    public enum Failure: Error, CustomStringConvertible {
        case system(operation: String, subject: String, errno: Int32)

        public var description: String {
            switch self {
            case .system(let operation, let subject, let code):
                "\(operation) \(subject): \(String(cString: strerror(code)))"
            }
        }
    }

    public var command: [String]
    /// Added to this process's environment.
    public var environment: [String: String]
    public var directory: URL?
    /// Seconds.
    public var timeout: TimeInterval

    /// `command[0]` is looked up in PATH.
    public init(
        _ command: [String], environment: [String: String] = [:], directory: URL? = nil, timeout: TimeInterval = 60
    ) {
        self.command = command
        self.environment = environment
        self.directory = directory
        self.timeout = timeout
    }

    /// Runs the program and waits for its end, not for that of the processes it leaves behind: these are killed.
    public func outcome() throws(Failure) -> ProgramOutcome {
        let output = try Self.scratchFile()
        let errors = try Self.scratchFile()
        defer {
            close(output)
            close(errors)
        }
        let child = try spawn(output: output, errors: errors)
        let end = try wait(for: child)
        kill(-child, SIGKILL)
        return ProgramOutcome(end: end, output: try Self.text(of: output), errors: try Self.text(of: errors))
    }

    /// Files and not pipes: what a program leaves behind may hold a pipe open for ever.
    private static func scratchFile() throws(Failure) -> Int32 {
        var name = Array(
            FileManager.default.temporaryDirectory.appendingPathComponent("output-XXXXXX").path.utf8CString)
        let descriptor = mkstemp(&name)
        guard descriptor >= 0 else { throw .system(operation: "make", subject: "a temporary file", errno: errno) }
        unlink(name)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return descriptor
    }

    private static func text(of descriptor: Int32) throws(Failure) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = pread(descriptor, &buffer, buffer.count, off_t(bytes.count))
            guard count >= 0 else { throw .system(operation: "read", subject: "the output", errno: errno) }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }

    private func spawn(output: Int32, errors: Int32) throws(Failure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, errors, 2)
        var all = sigset_t()
        var none = sigset_t()
        sigfillset(&all)
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        let setSession: Int32 = 0x80  // POSIX_SPAWN_SETSID of <spawn.h>, which is for _GNU_SOURCE only.
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK) | Int16(setSession))
        // env(1) goes to the folder and sets the variables, so that no program but the one meant sees them.
        let place = directory.map { ["-C", $0.path] } ?? []
        let words = ["env"] + place + environment.map { "\($0.key)=\($0.value)" }.sorted() + command
        let arguments = words.map { strdup($0) } + [nil]
        let settings = ProcessInfo.processInfo.environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in arguments + settings { free(pointer) } }
        var child: pid_t = 0
        let error = posix_spawn(&child, "/usr/bin/env", &actions, &attributes, arguments, settings)
        guard error == 0 else { throw .system(operation: "start", subject: command[0], errno: error) }
        return child
    }

    private func wait(for child: pid_t) throws(Failure) -> ProgramOutcome.End {
        let deadline = Date(timeIntervalSinceNow: timeout)
        var pause: UInt32 = 200
        var timedOut = false
        while true {
            var status: Int32 = 0
            let result = waitpid(child, &status, timedOut ? 0 : WNOHANG)
            if result < 0, errno != EINTR { throw .system(operation: "wait for", subject: command[0], errno: errno) }
            if result == child {
                if timedOut { return .timedOut }
                let signal = status & 0x7f
                return signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal: signal)
            }
            if Date() > deadline {
                timedOut = true
                kill(-child, SIGKILL)
                kill(child, SIGKILL)
                continue
            }
            usleep(pause)
            pause = min(pause * 2, 10_000)
        }
    }
}
