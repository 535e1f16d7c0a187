/* truth
 * title: Two operations that a plan's rules made dependent on each other, and a queue that waits for all
 * class: deadlock-cycle
 * cause: cycle
 * thread main: stuck, condition, operations, untimed
 * thread oot.default-qos x0-64: idle, semaphore, timed
 * thread -qos.overcommit x0-4: idle, semaphore, timed
 * thread -qos.overcommit x0-1: idle, epoll
 * release operations: finish blocked
 */
import Foundation

/// Runs named steps, each after those that it needs.
final class Plan {
    private let queue = OperationQueue()
    private var steps: [String: BlockOperation] = [:]

    func step(_ name: String, _ work: @escaping @Sendable () -> Void) { steps[name] = BlockOperation(block: work) }

    func need(_ first: String, before second: String) {
        guard let one = steps[first], let other = steps[second] else { return }
        other.addDependency(one)
    }

    func finish() { queue.addOperations(Array(steps.values), waitUntilFinished: true) }
}

let plan = Plan()
for name in ["fetch", "unpack", "verify", "install"] { plan.step(name) { print(name) } }
plan.need("fetch", before: "unpack")
plan.need("unpack", before: "verify")
plan.need("verify", before: "install")
plan.need("install", before: "unpack")
announceWhenQuiet()
plan.finish()

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
