import Glibc

/// Peak memory of a tool that may consist of several processes: wait4(2) tells the largest one's only.
enum MemoryMeter {
    /// MiB; the highest sum of the proportional set sizes (pages shared by n count 1/n) of all processes of the
    /// command's group, looked at every 2 ms. It perturbs the tool, so it is never done in a timed run.
    static func peak(_ command: [String]) throws(BenchmarkError) -> Double {
        let child = try ChildProcess(command)
        var highest = 0
        var information = siginfo_t()
        while waitid(P_PID, id_t(child.identifier), &information, WEXITED | WNOHANG | WNOWAIT) == 0,
            information._sifields._sigchld.si_pid == 0
        {
            highest = max(highest, members(of: child.identifier).reduce(0) { $0 + proportionalKiB($1) })
            usleep(2_000)
        }
        // The largest process's own peak is known exactly; between two looks the sum may have been higher than seen.
        let largest = child.wait(since: monotonicNanoseconds()).peak
        return max(Double(highest) / 1024, largest)
    }

    /// The processes below `process`: children whose group it leads, and theirs.
    private static func members(of process: pid_t) -> [pid_t] {
        var found = [process]
        var next = 0
        while next < found.count {
            let path = "/proc/\(found[next])/task/\(found[next])/children"
            let text = (try? Files.text(path)) ?? ""
            found += text.split(separator: " ").compactMap { pid_t($0) }
            next += 1
        }
        return found
    }

    private static func proportionalKiB(_ process: pid_t) -> Int {
        // A process that ends between the two looks has no memory any more.
        guard let text = try? Files.text("/proc/\(process)/smaps_rollup"),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("Pss:") })
        else { return 0 }
        return line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }
}
