import Foundation

/// What the kernel says of one thread at one look (proc(5)), read without any code of the product.
struct TaskLook: Equatable {
    let id: Int32
    /// `comm`; `main` for the initial thread.
    let name: String
    /// The letter in `stat`.
    let state: Character
    /// The number of the call that it is blocked in; nil when it runs, or is blocked outside of a call.
    let systemCall: Int?
    /// How often it was put on a CPU, and for how many nanoseconds.
    let runs: UInt64, cpuNanoseconds: UInt64

    /// Every thread of the process but those that have ended and are still there as zombies, as the initial one may be,
    /// and those that end while they are read.
    static func all(of process: Int32) -> [TaskLook] {
        let folder = "/proc/\(process)/task"
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return entries.compactMap { Int32($0) }.sorted().compactMap { id in
            func text(_ file: String) -> String? {
                try? String(contentsOfFile: "\(folder)/\(id)/\(file)", encoding: .utf8)
            }
            guard let stat = text("stat"), let close = stat.lastIndex(of: ")"),
                let state = stat[close...].dropFirst(2).first, !"ZX".contains(state),
                let name = text("comm"), let call = text("syscall"),
                let counters = text("schedstat")?.split(whereSeparator: \.isWhitespace).compactMap({ UInt64($0) }),
                counters.count == 3
            else { return nil }
            return TaskLook(
                id: id, name: id == process ? "main" : String(name.dropLast()), state: state,
                systemCall: call.split(separator: " ").first.flatMap { Int($0) }.flatMap { $0 < 0 ? nil : $0 },
                runs: counters[2], cpuNanoseconds: counters[0])
        }
    }
}
