/* truth
 * title: A callback on the serial queue of events waits for a block that it has put on the same queue
 * class: callback-own-queue
 * cause: only-self
 * thread main: victim, semaphore, finished, untimed
 * thread -qos.overcommit: stuck, queue, group, untimed
 * thread -qos.overcommit x0-4: idle, semaphore, timed
 * thread -qos.overcommit x0-1: idle, epoll
 * release group: Events.clear past
 * release finished: reload blocked
 */
import Foundation

final class Events: @unchecked Sendable {
    private let queue = DispatchQueue(label: "events")
    private var names: [String] = []

    func post(_ name: String, _ handler: @escaping @Sendable (Events) -> Void) {
        queue.async {
            self.names.append(name)
            handler(self)
        }
    }

    /// Forgets all names, and returns when that is done.
    func clear() {
        let group = DispatchGroup()
        queue.async(group: group) { self.names = [] }
        group.wait()
    }
}

let events = Events()
let finished = DispatchSemaphore(value: 0)

@Sendable func reload(_ events: Events) {
    events.clear()
    finished.signal()
}

events.post("opened") { _ in }
events.post("reload", reload)
announceWhenQuiet()
finished.wait()

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
