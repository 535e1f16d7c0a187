/* truth
 * title: A save is put on a queue that was suspended for an export which failed, and its end is waited for
 * class: dead-wait
 * cause: exits-on-error
 * thread main: stuck, queue, item, untimed
 * thread -qos.overcommit x0-4: idle, semaphore, timed
 * thread -qos.overcommit x0-1: idle, epoll
 * release item: Document.export past
 */
import Foundation

final class Document: @unchecked Sendable {
    private let queue = DispatchQueue(label: "document")
    private var text = ""

    /// Nothing is written while an export reads.
    func export(to path: String) throws {
        queue.suspend()
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        queue.resume()
    }

    func save(_ new: String) {
        let item = DispatchWorkItem { self.text = new }
        queue.async(execute: item)
        item.wait()
    }
}

let document = Document()
do {
    try document.export(to: "/nonexistent/export.txt")
} catch {
    print("cannot export")
}
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
