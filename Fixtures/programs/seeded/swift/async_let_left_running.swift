/* truth
 * title: A prefetch that nobody awaits and that does not look for cancellation is waited for at the end of its scope
 * class: healthy
 * looks-like: continuation-lost
 * thread main: idle, pause
 * thread oot.default-qos: outside, sleep
 * thread oot.default-qos x0-64: idle, semaphore, timed
 * thread -qos.overcommit x0-4: idle, semaphore, timed
 * thread -qos.overcommit x0-1: idle, epoll
 * task main: waiting, continuation
 * release prefetched: prefetch alive
 */
import Foundation

func prefetch(_ name: String, for seconds: Double) async -> [UInt8] {
    usleep(UInt32(seconds * 1_000_000))
    return Array(name.utf8)
}

func page(_ name: String, _ seconds: Double) async -> String {
    async let prefetched = prefetch(name + "-next", for: seconds)
    if name != "index" { return String(decoding: await prefetched, as: UTF8.self) }
    return "index"
}

let seconds = CommandLine.arguments.count > 1 ? Double(CommandLine.arguments[1]) ?? 600 : 600
announceWhenQuiet()
print(await page("index", seconds))

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
