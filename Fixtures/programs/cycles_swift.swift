// cycles_swift NAME: Swift threads that block each other for good through Mutex and Dispatch, and healthy ones that
// look alike. Without a name: the list of names, each with what is true of it.
import Dispatch
import Foundation
import Synchronization

let mutex = Mutex(0)
let lock = NSLock()
let firstQueue = DispatchQueue(label: "first")
let secondQueue = DispatchQueue(label: "second")
let thirdQueue = DispatchQueue(label: "third")

/// Returns when `count` threads have come.
final class Meeting: Sendable {
    private let missing: Mutex<Int>
    init(of count: Int) { missing = Mutex(count) }
    func wait() {
        missing.withLock { $0 -= 1 }
        while missing.withLock({ $0 }) > 0 { usleep(1000) }
    }
}

func start(_ body: @escaping @Sendable () -> Void) {
    Thread.detachNewThread(body)
}

@inline(never) func sleepForLong() {
    Thread.sleep(forTimeInterval: 100_000)
}

/// Two of Swift's Mutex cannot make a cycle: they are PI futexes, the kernel refuses the second wait, and the program
/// ends. A Mutex and a lock of another kind can.
func mutexAndLock(closed: Bool) {
    let meeting = Meeting(of: 2)
    start {
        mutex.withLock { _ in
            meeting.wait()
            lock.lock()
        }
    }
    start {
        lock.lock()
        meeting.wait()
        if closed { mutex.withLock { $0 += 1 } } else { sleepForLong() }
    }
}

func queues(_ ring: [DispatchQueue], closed: Bool) {
    let meeting = Meeting(of: ring.count)
    for (index, queue) in ring.enumerated() {
        queue.async {
            meeting.wait()
            if !closed, index == ring.count - 1 { sleepForLong() }
            ring[(index + 1) % ring.count].sync {}
        }
    }
}

func mutexAndQueue(closed: Bool) {
    let meeting = Meeting(of: 2)
    start {
        mutex.withLock { _ in
            meeting.wait()
            firstQueue.sync {}
        }
    }
    firstQueue.async {
        meeting.wait()
        if closed { mutex.withLock { $0 += 1 } } else { sleepForLong() }
    }
}

let scenarios: [(name: String, truth: String, setUp: () -> Void)] = [
    ("mutex-lock", "a cycle of a Mutex and an NSLock", { mutexAndLock(closed: true) }),
    ("mutex-lock-healthy", "one waits for an NSLock whose holder sleeps", { mutexAndLock(closed: false) }),
    ("queues-2", "a cycle of two queues", { queues([firstQueue, secondQueue], closed: true) }),
    ("queues-3", "a cycle of three queues", { queues([firstQueue, secondQueue, thirdQueue], closed: true) }),
    (
        "queues-3-healthy", "two in a chain to a queue whose block sleeps",
        { queues([firstQueue, secondQueue, thirdQueue], closed: false) }
    ),
    ("mutex-queue", "a cycle of a Mutex and a queue", { mutexAndQueue(closed: true) }),
    ("mutex-queue-healthy", "one waits for a queue whose block sleeps", { mutexAndQueue(closed: false) }),
]

guard CommandLine.arguments.count > 1 else {
    for scenario in scenarios { print(scenario.name, scenario.truth, separator: "\t") }
    exit(0)
}
guard let scenario = scenarios.first(where: { $0.name == CommandLine.arguments[1] }) else { exit(64) }
scenario.setUp()
Thread.sleep(forTimeInterval: 0.5)
print("ready", getpid())
fflush(nil)
while true { pause() }
