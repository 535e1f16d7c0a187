/* truth
 * title: As many tasks as the pool has threads wait on semaphores that only a further task would signal
 * class: pool-starved
 * cause: blocked
 * thread main: idle, pause
 * thread oot.default-qos x1-1024: stuck, semaphore, Ticket.granted, untimed
 * thread oot.default-qos x0-64: idle, semaphore, timed
 * thread -qos.overcommit x0-4: idle, semaphore, timed
 * thread -qos.overcommit x0-1: idle, epoll
 * task main: victim, continuation
 * task grant: stuck, queue
 * release Ticket.granted: grant never-created
 * note: the pool has as many threads as the machine has cores; the task that signals is queued behind them
 */
import Foundation

final class Ticket: Sendable {
    private let granted = DispatchSemaphore(value: 0)

    func grant() { granted.signal() }
    func wait() { granted.wait() }
}

/// Work that a synchronous library does: it blocks until its ticket is granted.
func convert(_ number: Int, with ticket: Ticket) -> Int {
    ticket.wait()
    return number * 2
}

let tickets = (0..<ProcessInfo.processInfo.activeProcessorCount).map { _ in Ticket() }
let conversions = tickets.enumerated().map { number, ticket in
    Task.detached { convert(number, with: ticket) }
}
usleep(200_000)
let grant = Task.detached { for ticket in tickets { ticket.grant() } }
announceWhenQuiet()
for conversion in conversions { print(await conversion.value) }
await grant.value

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
