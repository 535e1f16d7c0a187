/* truth
 * title: Every thread of the pool is in a slow call, and a further task has to wait its turn
 * class: healthy
 * looks-like: pool-starved
 * thread main: idle, pause
 * thread oot.default-qos x1-1024: outside, sleep
 * thread oot.default-qos x0-64: idle, semaphore, timed
 * thread -qos.overcommit x0-4: idle, semaphore, timed
 * thread -qos.overcommit x0-1: idle, epoll
 * task main: waiting, continuation
 * task summary: waiting, queue
 * release conversions: convert alive
 */
import Foundation

/// Work that a synchronous library does.
func convert(_ number: Int, for seconds: Double) -> Int {
    Thread.sleep(forTimeInterval: seconds)
    return number * 2
}

let seconds = CommandLine.arguments.count > 1 ? Double(CommandLine.arguments[1]) ?? 600 : 600
let conversions = (0..<ProcessInfo.processInfo.activeProcessorCount).map { number in
    Task.detached { convert(number, for: seconds) }
}
usleep(200_000)
let summary = Task.detached { conversions.count }
announceWhenQuiet()
for conversion in conversions { print(await conversion.value) }
print(await summary.value)

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
