/* truth
 * title: A log's flush writes an entry about itself, and that entry waits for the flush to be over
 * class: self-deadlock
 * cause: only-self
 * thread main: idle, pause
 * thread oot.default-qos x0-64: idle, semaphore, timed
 * thread -qos.overcommit x0-4: idle, semaphore, timed
 * thread -qos.overcommit x0-1: idle, epoll
 * task main: stuck, continuation, Log.waiting
 * release Log.waiting: flush blocked
 */
import Foundation

actor Log {
    private var entries: [String] = []
    private var isFlushing = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var written = 0

    /// While the entries are written none is added.
    func append(_ entry: String) async {
        while isFlushing { await withCheckedContinuation { waiting.append($0) } }
        entries.append(entry)
    }

    func flush() async {
        isFlushing = true
        let count = entries.count
        await write(entries)
        entries = []
        if count >= 100 { await append("flushed \(count) entries") }
        isFlushing = false
        for continuation in waiting { continuation.resume() }
        waiting = []
    }

    private func write(_ entries: [String]) async {
        written += entries.count
        await Task.yield()
    }
}

let log = Log()
for round in 1...3 {
    for number in 0..<round * 40 { await log.append("request \(number)") }
    if round == 3 { announceWhenQuiet() }
    await log.flush()
}

/// Says `ready` when every other thread of the process sleeps, from a thread that ends then.
func announceWhenQuiet() {
    Thread.detachNewThread {
        var quiet = 0
        while quiet < 10 {
            usleep(10_000)
            let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
            let awake = tasks.filter { task in
                let stat = try? String(contentsOfFile: "/proc/self/task/\(task)/stat", encoding: .utf8)
                return stat?.contains(") S ") != true
            }
            quiet = awake.count == 1 ? quiet + 1 : 0
        }
        print("ready")
        fflush(nil)
    }
}
