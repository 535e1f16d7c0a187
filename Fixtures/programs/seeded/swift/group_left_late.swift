/* truth
 * title: One of three uploads is slow, and the group is waited for until it has left
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, queue, group, untimed
 * thread oot.default-qos: outside, sleep
 * thread oot.default-qos x0-64: idle, semaphore, timed
 * thread -qos.overcommit x0-4: idle, semaphore, timed
 * thread -qos.overcommit x0-1: idle, epoll
 * release group: upload alive
 */
import Foundation

final class Uploads: Sendable {
    let group = DispatchGroup()

    func upload(_ name: String, _ seconds: Double) {
        group.enter()
        DispatchQueue.global().async {
            defer { self.group.leave() }
            guard seconds >= 0 else { return print("\(name) is too large") }
            Thread.sleep(forTimeInterval: seconds)
        }
    }
}

let seconds = CommandLine.arguments.count > 1 ? Double(CommandLine.arguments[1]) ?? 600 : 600
let uploads = Uploads()
for (name, duration) in [("a.png", 0.01), ("b.mov", seconds), ("c.txt", -1)] { uploads.upload(name, duration) }
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
