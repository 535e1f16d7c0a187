import CLinux
import Deadwait
import Glibc

/// Looks at a process from outside until nothing moves in it but what wakes from a timed wait and goes back into it.
///
/// By /proc alone: the process is not stopped, and it makes no difference to it.
struct DemoSettling {
    /// For so long nothing may have moved: a wait that polls every 100 ms has timed out six times then.
    static let rest: UInt64 = 650_000_000
    static let interval = 40_000_000

    /// Where a thread sleeps.
    private struct Place: Equatable {
        var call: Int
        var stackPointer: Substring
        var programCounter: Substring
    }

    private struct Seen {
        var runs: Substring
        /// Nil while it was only seen running.
        var place: Place?
        var looksRunning = 0
    }

    private let process: ProcessID
    private var threads: [pid_t: Seen] = [:]
    private var restingSince: UInt64?

    init(_ process: ProcessID) { self.process = process }

    /// Looks once. True when nothing has moved for long enough; nil when the process has gone.
    mutating func look() -> Bool? {
        let directory = open("/proc/\(process)/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return nil }
        defer { close(directory) }
        var ids = [pid_t](repeating: 0, count: 1024)
        var count = clinux_list_tasks(directory, &ids, ids.count)
        if count > ids.count {
            ids = [pid_t](repeating: 0, count: count + 256)
            count = clinux_list_tasks(directory, &ids, ids.count)
        }
        guard count > 0 else { return nil }
        var moved = false
        var now: [pid_t: Seen] = [:]
        for id in ids.prefix(min(count, ids.count)) {
            guard let seen = look(at: id, directory, before: threads[id], &moved) else { continue }
            now[id] = seen
        }
        if Set(now.keys) != Set(threads.keys) { moved = true }
        threads = now
        let time = DemoClock.now()
        if moved || restingSince == nil { restingSince = time }
        return restingSince.map { time - $0 >= Self.rest } ?? false
    }

    private func look(at id: pid_t, _ directory: Int32, before: Seen?, _ moved: inout Bool) -> Seen? {
        let statistics = Self.fields(id, directory, "schedstat")
        guard statistics.count >= 3 else { return nil }
        guard let before else {
            moved = true
            return Seen(runs: statistics[2], place: Self.place(id, directory))
        }
        if statistics[2] == before.runs, before.place != nil { return before }
        var seen = before
        seen.runs = statistics[2]
        guard let place = Self.place(id, directory) else {
            // Once is the moment between two waits.
            seen.looksRunning += 1
            if seen.looksRunning > 2 { moved = true }
            return seen
        }
        seen.looksRunning = 0
        if place != before.place {
            moved = true
            seen.place = place
        }
        return seen
    }

    /// Nil for a thread that runs.
    private static func place(_ id: pid_t, _ directory: Int32) -> Place? {
        let fields = fields(id, directory, "syscall")
        guard fields.count >= 3, let call = Int(fields[0]) else { return nil }
        return Place(call: call, stackPointer: fields[fields.count - 2], programCounter: fields[fields.count - 1])
    }

    /// Waits for the moment at which the main thread, which woke from a timed wait, has gone back into it: so the longest
    /// time is left until it is on its way between two waits, where a core would show that it runs. At most for a second,
    /// and not at all for a thread that does not wake.
    static func waitUntilAsleepAgain(_ process: ProcessID) {
        let directory = open("/proc/\(process)/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return }
        defer { close(directory) }
        let main = process.rawValue
        guard place(main, directory) != nil else { return }
        let runs = fields(main, directory, "schedstat").last
        let deadline = DemoClock.now() + 1_000_000_000
        while DemoClock.now() < deadline {
            DemoClock.sleep(nanoseconds: 500_000)
            if fields(main, directory, "schedstat").last != runs, place(main, directory) != nil { return }
        }
    }

    private static func fields(_ id: pid_t, _ directory: Int32, _ name: String) -> [Substring] {
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = clinux_task_read(directory, id, name, &bytes, bytes.count)
        guard count > 0 else { return [] }
        return String(decoding: bytes[..<count], as: UTF8.self).split { $0 == " " || $0 == "\n" }
    }
}
