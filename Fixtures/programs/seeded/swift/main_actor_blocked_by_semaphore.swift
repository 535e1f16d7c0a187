/* truth
 * title: The main thread waits for a task with a semaphore, and the task needs the main actor to go on
 * class: callback-own-queue
 * cause: only-self
 * thread main: stuck, semaphore, finished, untimed
 * thread oot.default-qos x0-64: idle, semaphore, timed
 * thread -qos.overcommit x0-4: idle, semaphore, timed
 * thread -qos.overcommit x0-1: idle, epoll
 * task load: stuck, queue, MainActor
 * release finished: load blocked
 */
import Foundation

@MainActor final class Settings {
    private(set) var values: [String: Int] = [:]
    func set(_ name: String, _ value: Int) { values[name] = value }
}

func load(into settings: Settings) async {
    for (number, name) in ["width", "height"].enumerated() { await settings.set(name, number) }
}

@MainActor func loadAndWait(_ settings: Settings) {
    let finished = DispatchSemaphore(value: 0)
    Task.detached {
        await load(into: settings)
        finished.signal()
    }
    finished.wait()
}

let settings = Settings()
announceWhenQuiet()
loadAndWait(settings)

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
