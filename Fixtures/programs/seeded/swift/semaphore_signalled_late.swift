/* truth
 * title: A caller waits with a timeout, again and again, for an image that takes long to load
 * class: healthy
 * looks-like: semaphore-starved
 * thread main: waiting, semaphore, loaded, polling
 * thread loader: outside, sleep
 * release loaded: load alive
 */
import Foundation

final class Images: Sendable {
    func load(_ name: String, _ seconds: Double, _ completion: @escaping @Sendable ([UInt8]) -> Void) {
        Thread.detachNewThread {
            nameThread("loader")
            Thread.sleep(forTimeInterval: seconds)
            completion(Array(name.utf8))
        }
    }

    func loadAndWait(_ name: String, _ seconds: Double) {
        let loaded = DispatchSemaphore(value: 0)
        load(name, seconds) { _ in loaded.signal() }
        while loaded.wait(timeout: .now() + .milliseconds(200)) == .timedOut {}
    }
}

let seconds = CommandLine.arguments.count > 1 ? Double(CommandLine.arguments[1]) ?? 600 : 600
announceWhenQuiet()
Images().loadAndWait("logo", seconds)

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
