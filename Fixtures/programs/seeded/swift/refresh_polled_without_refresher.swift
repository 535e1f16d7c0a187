/* truth
 * title: The refresher's thread is not started for a source without address, and its first result is polled for
 * class: dead-wait
 * cause: never-created
 * thread main: stuck, condition, Feed.refreshed, polling
 * thread pruner: idle, sleep
 * release Feed.refreshed: refresh never-created
 */
import Foundation

final class Feed: @unchecked Sendable {
    private let refreshed = NSCondition()
    private var items: [String]?
    private let address: String?

    init(address: String?) { self.address = address }

    func start() {
        guard let address else { return }
        Thread.detachNewThread { self.refresh(address) }
    }

    private func refresh(_ address: String) {
        while true {
            refreshed.withLock {
                items = ["news of \(address)"]
                refreshed.broadcast()
            }
            Thread.sleep(forTimeInterval: 10)
        }
    }

    func first() -> String {
        refreshed.withLock {
            while items == nil { _ = refreshed.wait(until: Date(timeIntervalSinceNow: 0.25)) }
            return items?.first ?? ""
        }
    }
}

let feed = Feed(address: ProcessInfo.processInfo.environment["FEED_ADDRESS"])
Thread.detachNewThread {
    nameThread("pruner")
    while true { Thread.sleep(forTimeInterval: 60) }
}
feed.start()
announceWhenQuiet()
print(feed.first())

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
