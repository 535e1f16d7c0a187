/* truth
 * title: A save waits for its turn on a queue that is in a slow export
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, queue, item, untimed
 * thread -qos.overcommit: outside, sleep
 * thread -qos.overcommit x0-4: idle, semaphore, timed
 * thread -qos.overcommit x0-1: idle, epoll
 * release item: export alive
 */
import Foundation

final class Document: @unchecked Sendable {
    private let queue = DispatchQueue(label: "document")
    private var text = ""

    func export(for seconds: Double) {
        queue.async { Thread.sleep(forTimeInterval: seconds) }
    }

    func save(_ new: String) {
        let item = DispatchWorkItem { self.text = new }
        queue.async(execute: item)
        item.wait()
    }
}

let seconds = CommandLine.arguments.count > 1 ? Double(CommandLine.arguments[1]) ?? 600 : 600
let document = Document()
document.export(for: seconds)
announceWhenQuiet()
document.save("second")

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
