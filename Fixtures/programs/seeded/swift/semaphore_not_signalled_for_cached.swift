/* truth
 * title: A loader calls back for what it has to load and not for what it has already, and the caller waits
 * class: semaphore-starved
 * cause: past
 * thread main: stuck, semaphore, loaded, untimed
 * thread oot.default-qos x0-64: idle, semaphore, timed
 * thread -qos.overcommit x0-4: idle, semaphore, timed
 * thread -qos.overcommit x0-1: idle, epoll
 * release loaded: load past
 * note: the second load finds the image in the cache
 */
import Foundation
import Synchronization

final class Images: Sendable {
    private let cache = Mutex<[String: [UInt8]]>([:])

    func load(_ name: String, _ completion: @escaping @Sendable ([UInt8]) -> Void) {
        if cache.withLock({ $0[name] != nil }) { return }
        DispatchQueue.global().async {
            let bytes = Array(name.utf8)
            self.cache.withLock { $0[name] = bytes }
            completion(bytes)
        }
    }

    func loadAndWait(_ name: String) {
        let loaded = DispatchSemaphore(value: 0)
        load(name) { _ in loaded.signal() }
        loaded.wait()
    }
}

let images = Images()
images.loadAndWait("logo")
announceWhenQuiet()
images.loadAndWait("logo")

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
