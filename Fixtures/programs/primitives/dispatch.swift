// One use of each part of Dispatch that waits, signals or takes work. Never run.
import Dispatch

let semaphore = DispatchSemaphore(value: 0)
let group = DispatchGroup()
let queue = DispatchQueue(label: "queue")
nonisolated(unsafe) var count = 0

@inline(never) func work() { count += 1 }

@inline(never) func waits() {
    semaphore.wait()
    _ = semaphore.wait(timeout: .now() + 1)
    _ = semaphore.wait(wallTimeout: .now() + 1)
    group.wait()
    _ = group.wait(timeout: .now() + 1)
    semaphore.signal()
}

@inline(never) func submissions() {
    let item = DispatchWorkItem { work() }
    queue.async { work() }
    queue.async(group: group) { work() }
    queue.async(execute: item)
    queue.asyncAfter(deadline: .now() + 1) { work() }
    queue.sync { work() }
    queue.sync(flags: .barrier) { work() }
    queue.sync(execute: item)
    group.notify(queue: queue) { work() }
    group.notify(queue: queue, work: item)
    DispatchQueue.concurrentPerform(iterations: 2) { _ in work() }
}

@inline(never) func sources() {
    let timer = DispatchSource.makeTimerSource(queue: queue)
    timer.setEventHandler { work() }
    timer.setCancelHandler { work() }
    timer.activate()
}

waits()
submissions()
sources()
dispatchMain()
