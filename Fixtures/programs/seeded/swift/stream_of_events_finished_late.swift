/* truth
 * title: A stream ends when its watcher has waited long enough for a further event
 * class: healthy
 * looks-like: continuation-lost
 * thread main: idle, pause
 * thread watcher: outside, sleep
 * thread oot.default-qos x0-64: idle, semaphore, timed
 * thread -qos.overcommit x0-4: idle, semaphore, timed
 * thread -qos.overcommit x0-1: idle, epoll
 * task main: waiting, continuation
 * release continuations: Watcher.run alive
 */
import Foundation

/// Reports the events of one folder from a thread of its own.
final class Watcher: Sendable {
    private let continuation: AsyncStream<String>.Continuation
    let events: AsyncStream<String>

    init() { (events, continuation) = AsyncStream.makeStream() }

    func start(for seconds: Double) {
        Thread.detachNewThread {
            nameThread("watcher")
            self.run(["create a", "modify a"], seconds)
        }
    }

    private func run(_ queue: [String], _ seconds: Double) {
        for event in queue { continuation.yield(event) }
        Thread.sleep(forTimeInterval: seconds)
        continuation.finish()
    }
}

let seconds = CommandLine.arguments.count > 1 ? Double(CommandLine.arguments[1]) ?? 600 : 600
let watcher = Watcher()
announceWhenQuiet()
watcher.start(for: seconds)
for await event in watcher.events { print(event) }

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

/// Foundation's `Thread.name` is lost where the thread is faster than the one that starts it.
func nameThread(_ name: String) {
    try? name.write(toFile: "/proc/thread-self/comm", atomically: false, encoding: .utf8)
}
