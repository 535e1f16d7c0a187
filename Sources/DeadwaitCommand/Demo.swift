import ArgumentParser
import CLinux
import Deadwait
import Glibc

struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lets a program hang for real, attaches to it and prints the report.")

    @OptionGroup var capture: CaptureArguments
    @OptionGroup var symbols: SymbolArguments
    @OptionGroup var report: ReportArguments
    @OptionGroup var output: OutputArguments

    @Flag(help: .hidden) var hang = false

    mutating func run() throws {
        if hang { DemoProgram.run() }
        let child = try DemoChild()
        defer { child.end() }
        if output.format == .text {
            Terminal.say("pid \(child.process) hangs: two of its threads take the same two locks in opposite order.\n")
        }
        throw try Assess(capture: capture, symbols: symbols, report: report, output: output).run(
            .process(child.process))
    }
}

/// The demo program as a child: this executable, started again.
private struct DemoChild {
    let process: ProcessID

    /// Starts it and waits until it says that it hangs.
    init() throws(CommandFailure) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw Self.couldNotStart(errno) }
        defer { for end in ends { close(end) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        posix_spawn_file_actions_addclose(&actions, ends[0])

        var arguments: [UnsafeMutablePointer<CChar>?] = []
        for argument in ["deadwait", "demo", "--hang"] { arguments.append(strdup(argument)) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        let error = posix_spawn(&pid, CommandLine.executablePath, &actions, nil, &arguments, environ)
        guard error == 0 else { throw Self.couldNotStart(error) }
        close(ends[1])
        ends[1] = -1
        process = ProcessID(pid)

        var byte: UInt8 = 0
        var poller = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
        guard poll(&poller, 1, 10_000) == 1, read(ends[0], &byte, 1) == 1 else {
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
            throw CommandFailure(
                reason: "the demo program did not reach its deadlock within ten seconds", help: "Try again.")
        }
    }

    func end() {
        kill(process.rawValue, SIGKILL)
        waitpid(process.rawValue, nil, 0)
    }

    private static func couldNotStart(_ errno: Int32) -> CommandFailure {
        CommandFailure(
            reason: "cannot start the demo program: \(String(cString: strerror(errno)))",
            help: "Check the limits of processes and memory of this user (ulimit -a).")
    }
}

extension CommandLine {
    /// Where this program's file is: readlink(2) of /proc/self/exe, so that a child has the program's own name and not
    /// "exe"; the link itself where it cannot be read.
    fileprivate static var executablePath: String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = max(0, readlink("/proc/self/exe", &path, path.count))
        let text = String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.isEmpty ? "/proc/self/exe" : text
    }
}
