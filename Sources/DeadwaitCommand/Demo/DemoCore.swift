import CLinux
import Deadwait
import Glibc

/// A core of the demo program: the kernel's own, for which nothing has to be installed; where the machine's pattern sends
/// it elsewhere, gdb's.
enum DemoCore {
    /// Ends the program with SIGABRT, whose default is a core (signal(7)) and which few programs handle, unlike SIGQUIT,
    /// at which the runtime library writes a dump. Finds the core in the folder. A program that has ended with one is
    /// left alone.
    static func take(of process: ProcessID, in session: inout DemoSession) throws(CommandFailure) -> String {
        let pattern = pattern()
        let isOurs = process == session.process
        if pattern.hasPrefix("|") || pattern.contains("/") {
            guard !session.hasEnded() else { throw elsewhere(pattern) }
            return try gcore(process, pattern, &session)
        }
        if !isOurs || !session.hasEnded() {
            DemoSettling.waitUntilAsleepAgain(process)
            // The core of one that is stopped is written when it goes on.
            kill(process.rawValue, SIGABRT)
            kill(process.rawValue, SIGCONT)
            let deadline = DemoClock.now() + 60_000_000_000
            while isOurs ? !session.hasEnded() : !isGone(process), DemoClock.now() < deadline {
                DemoClock.sleep(nanoseconds: 2_000_000)
            }
        }
        if let path = core(in: session.folder) { return path }
        throw CommandFailure(
            reason: "the kernel wrote no core of process \(process) to \(session.folder)",
            help: "Cores may be forbidden (ulimit -Hc), or the disk may be full.")
    }

    /// Whether a process that is not our own child has ended, be it that nobody has waited for it yet.
    private static func isGone(_ process: ProcessID) -> Bool {
        let directory = open("/proc/\(process)/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return true }
        defer { close(directory) }
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = clinux_task_read(directory, process.rawValue, "stat", &bytes, bytes.count)
        guard count > 0 else { return true }
        // The state follows the name, which stands in parentheses and may hold some itself (proc(5)).
        let text = String(decoding: bytes[..<count], as: UTF8.self)
        return text.split(separator: ")").last?.drop { $0 == " " }.first == "Z"
    }

    /// The largest file whose name begins as a core's does.
    private static func core(in folder: String) -> String? {
        guard let directory = opendir(folder) else { return nil }
        defer { closedir(directory) }
        var best: (path: String, size: Int)?
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            var status = stat()
            guard name.hasPrefix("core"), stat("\(folder)/\(name)", &status) == 0, status.st_size > 0 else { continue }
            if status.st_size > best?.size ?? 0 { best = ("\(folder)/\(name)", status.st_size) }
        }
        return best?.path
    }

    private static func gcore(
        _ process: ProcessID, _ pattern: String, _ session: inout DemoSession
    ) throws(CommandFailure) -> String {
        let script = "exec gcore -o \"$1/core\" \"$2\" >\"$1/gcore\" 2>&1"
        let words: [String] = ["sh", "-c", script, "sh", session.folder, "\(process)"]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        guard posix_spawn(&pid, "/bin/sh", nil, nil, &arguments, environ) == 0 else { throw elsewhere(pattern) }
        while waitpid(pid, nil, 0) < 0, errno == EINTR {}
        guard let path = core(in: session.folder) else { throw elsewhere(pattern) }
        return path
    }

    private static func elsewhere(_ pattern: String) -> CommandFailure {
        CommandFailure(
            reason: "this machine sends cores elsewhere (/proc/sys/kernel/core_pattern is \"\(pattern)\")",
            help: "Install gdb, whose gcore is used then, or have root write \"core\" to that file.")
    }

    /// Of the kernel (core(5)); "core" where it cannot be read.
    private static func pattern() -> String {
        let file = open("/proc/sys/kernel/core_pattern", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "core" }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = max(0, read(file, &bytes, bytes.count))
        return String(decoding: bytes[..<count].prefix { $0 != 0x0A }, as: UTF8.self)
    }
}
