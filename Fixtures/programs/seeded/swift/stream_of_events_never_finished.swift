/* truth
 * title: The watcher ends at an unknown event without finishing its stream, which stays in the table of watchers
 * class: continuation-lost
 * cause: exits-on-error
 * thread main: idle, pause
 * thread oot.default-qos x0-64: idle, semaphore, timed
 * thread -qos.overcommit x0-4: idle, semaphore, timed
 * thread -qos.overcommit x0-1: idle, epoll
 * task main: stuck, continuation
 * release continuations: Watcher.run exited
 */
import Foundation
import Synchronization

/// Reports the events of one folder from a thread of its own.
final class Watcher: Sendable {
    static let all = Mutex<[Watcher]>([])
    private let continuation: AsyncStream<String>.Continuation
    let events: AsyncStream<String>

    init() { (events, continuation) = AsyncStream.makeStream() }

    func start() {
        Watcher.all.withLock { $0.append(self) }
        Thread.detachNewThread {
            nameThread("watcher")
            self.run(["create a", "modify a", "overflow", "delete a"])
        }
    }

    private func run(_ queue: [String]) {
        for event in queue {
            guard let verb = event.split(separator: " ").first, verb != "overflow" else { return }
            continuation.yield(event)
        }
        continuation.finish()
    }
}

let watcher = Watcher()
announceWhenQuiet()
watcher.start()
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
