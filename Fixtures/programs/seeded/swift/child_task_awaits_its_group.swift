/* truth
 * title: The last child of a task group waits for the total that is only known when the group has ended
 * class: join-stuck
 * cause: cycle
 * thread main: idle, pause
 * thread oot.default-qos x0-64: idle, semaphore, timed
 * thread -qos.overcommit x0-4: idle, semaphore, timed
 * thread -qos.overcommit x0-1: idle, epoll
 * task main: stuck, continuation
 * task report: stuck, continuation, Total.waiting
 * release Total.waiting: set blocked
 * note: the group's owner waits for the child, the child for what the owner does behind the group
 */
import Foundation

actor Total {
    private var value: Int?
    private var waiting: [CheckedContinuation<Int, Never>] = []

    func get() async -> Int {
        if let value { return value }
        return await withCheckedContinuation { waiting.append($0) }
    }

    func set(_ new: Int) {
        value = new
        for continuation in waiting { continuation.resume(returning: new) }
        waiting = []
    }
}

let total = Total()
announceWhenQuiet()
let sum = await withTaskGroup(of: Int.self) { group in
    for part in 1...4 { group.addTask { part * 10 } }
    group.addTask {
        print("of", await total.get())
        return 0
    }
    var sum = 0
    for await part in group { sum += part }
    return sum
}
await total.set(sum)

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
