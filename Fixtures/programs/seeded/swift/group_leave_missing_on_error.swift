/* truth
 * title: An upload that fails returns before it leaves the group that all uploads are waited for with
 * class: dead-wait
 * cause: exits-on-error
 * thread main: stuck, queue, group, untimed
 * thread oot.default-qos x0-64: idle, semaphore, timed
 * thread -qos.overcommit x0-4: idle, semaphore, timed
 * thread -qos.overcommit x0-1: idle, epoll
 * release group: upload exited
 */
import Foundation

final class Uploads: Sendable {
    let group = DispatchGroup()

    func upload(_ name: String, _ size: Int) {
        group.enter()
        DispatchQueue.global().async {
            guard size <= 1 << 20 else {
                print("\(name) is too large")
                return
            }
            usleep(UInt32(size))
            self.group.leave()
        }
    }
}

let uploads = Uploads()
for (name, size) in [("a.png", 2000), ("b.mov", 4 << 20), ("c.txt", 10)] { uploads.upload(name, size) }
announceWhenQuiet()
uploads.group.wait()

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
