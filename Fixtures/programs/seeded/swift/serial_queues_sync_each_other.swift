/* truth
 * title: The cache asks the disk's queue with sync while the disk asks the cache's queue with sync
 * class: deadlock-cycle
 * cause: cycle
 * thread main: victim, queue, group, untimed
 * thread cache: stuck, queue, Disk.queue, untimed
 * thread disk: stuck, queue, Cache.queue, untimed
 * thread -qos.overcommit x0-4: idle, semaphore, timed
 * thread -qos.overcommit x0-1: idle, epoll
 * release Disk.queue: refill blocked
 * release Cache.queue: evict blocked
 */
import Foundation

final class Disk: Sendable {
    let queue = DispatchQueue(label: "disk")
    func write(_ page: Int) { queue.sync { _ = usleep(10) } }
}

final class Cache: @unchecked Sendable {
    let queue = DispatchQueue(label: "cache")
    private let disk: Disk
    private var pages: Set<Int> = [1, 2, 3]

    init(_ disk: Disk) { self.disk = disk }

    /// Takes a page out, which is written first.
    func evict(_ page: Int) {
        queue.sync {
            usleep(50_000)
            disk.write(page)
            pages.remove(page)
        }
    }

    /// Called by the disk for what it has read ahead.
    func refill(_ page: Int) {
        disk.queue.sync {
            usleep(50_000)
            queue.sync { _ = pages.insert(page) }
        }
    }
}

let cache = Cache(Disk())
let group = DispatchGroup()
let works: [(String, @Sendable () -> Void)] = [("cache", { cache.evict(1) }), ("disk", { cache.refill(4) })]
for (name, work) in works {
    group.enter()
    Thread.detachNewThread {
        nameThread(name)
        work()
        group.leave()
    }
}
announceWhenQuiet()
group.wait()

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
