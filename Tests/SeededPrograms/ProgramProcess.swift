import Foundation
import Synchronization

/// A started program, in a session of its own with all that it forks. Killed with these when it is released.
///
/// Not Foundation's Process: that one takes a program for running as long as anybody has its descriptors, and programs
/// that were started at the same time have them, too. Used by one thread at a time.
final class ProgramProcess {
    enum Failure: Error, CustomStringConvertible {
        case system(operation: String, subject: String, errno: Int32)
        case notReady(program: String, output: String)

        var description: String {
            switch self {
            case .system(let operation, let subject, let code):
                "\(operation) \(subject): \(String(cString: strerror(code)))"
            case .notReady(let program, let output):
                "\(program) did not say that it is ready; it wrote: \(output.isEmpty ? "nothing" : output)"
            }
        }
    }

    enum End: Equatable, CustomStringConvertible {
        case exited(Int32)
        case killed(signal: Int32)

        var description: String {
            switch self {
            case .exited(let status): "ended with status \(status)"
            case .killed(let signal): "was killed by signal \(signal)"
            }
        }
    }

    let identifier: Int32
    /// What it wrote to both outputs, as far as it was read; the first 64 KiB.
    private(set) var output = ""
    private let program: String
    private let descriptor: Int32
    private var end: End?

    /// Between the making of a pipe and its mark, another child would inherit it and keep it open.
    private static let spawning = Mutex(())

    /// `environment` is put over that of the caller.
    init(_ executable: URL, _ arguments: [String], environment: [String: String] = [:]) throws(Failure) {
        program = executable.lastPathComponent
        (identifier, descriptor) = try Self.spawning.withLock { _ throws(Failure) in
            try Self.spawn(executable, arguments, environment)
        }
    }

    private static func spawn(
        _ executable: URL, _ arguments: [String], _ environment: [String: String]
    ) throws(Failure) -> (identifier: Int32, output: Int32) {
        var pipes: [Int32] = [0, 0]
        guard pipe(&pipes) == 0 else { throw .system(operation: "make", subject: "a pipe", errno: errno) }
        for descriptor in pipes { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        defer { close(pipes[1]) }
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, pipes[1], 1)
        posix_spawn_file_actions_adddup2(&actions, pipes[1], 2)
        var all = sigset_t()
        var none = sigset_t()
        sigfillset(&all)
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        let setSession: Int32 = 0x80  // POSIX_SPAWN_SETSID of <spawn.h>, which is for _GNU_SOURCE only.
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK) | Int16(setSession))
        let words = ([executable.path] + arguments).map { strdup($0) } + [nil]
        let settings =
            ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { strdup("\($0)=\($1)") } + [nil]
        defer { for word in words + settings { free(word) } }
        var child: pid_t = 0
        let error = posix_spawn(&child, executable.path, &actions, &attributes, words, settings)
        guard error == 0 else {
            close(pipes[0])
            throw .system(operation: "start", subject: executable.path, errno: error)
        }
        return (child, pipes[0])
    }

    /// Waits until a line of its output begins with `ready`, or throws after `seconds`.
    func waitUntilReady(seconds: Double) throws(Failure) {
        let deadline = ContinuousClock().now + .seconds(seconds)
        while !output.split(separator: "\n").contains(where: { $0.hasPrefix("ready") }) {
            let isOpen = drain(milliseconds: 50)
            guard isOpen, ContinuousClock().now < deadline else {
                throw .notReady(program: program, output: output)
            }
        }
    }

    /// How it ended, if it does so by `deadline`; else nil.
    func waitForEnd(until deadline: ContinuousClock.Instant) throws(Failure) -> End? {
        while true {
            if let end { return end }
            var status: Int32 = 0
            let result = waitpid(identifier, &status, WNOHANG)
            if result < 0, errno != EINTR { throw .system(operation: "wait for", subject: program, errno: errno) }
            if result == identifier {
                let signal = status & 0x7f
                end = signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal: signal)
            } else if ContinuousClock().now >= deadline {
                return nil
            } else {
                // What it still writes must not fill the pipe. A closed one is always readable.
                if !drain(milliseconds: 10) { usleep(10_000) }
            }
        }
    }

    /// Reads what is there, waiting for it. False at the end of the output.
    private func drain(milliseconds: Int32) -> Bool {
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&poller, 1, milliseconds) > 0 else { return true }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0 { return errno == EINTR }
        if output.utf8.count < 1 << 16 { output += String(decoding: buffer[..<count], as: UTF8.self) }
        return count > 0
    }

    deinit {
        kill(-identifier, SIGKILL)
        if end == nil {
            kill(identifier, SIGKILL)
            var status: Int32 = 0
            while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
        }
        close(descriptor)
    }
}
