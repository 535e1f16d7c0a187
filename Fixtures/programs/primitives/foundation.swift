// One use of each of Foundation's locks, threads and queues. Never run.
import Foundation

let condition = NSCondition()
let lock = NSLock()
let numbered = NSConditionLock(condition: 0)
nonisolated(unsafe) var ready = false

@inline(never) func work() { ready = true }

@inline(never) func waits(_ amount: Int) {
    condition.lock()
    while !ready { condition.wait() }
    _ = condition.wait(until: Date(timeIntervalSinceNow: 1))
    condition.signal()
    condition.broadcast()
    condition.unlock()
    lock.lock()
    lock.unlock()
    numbered.lock(whenCondition: amount)
    numbered.unlock(withCondition: amount)
}

@inline(never) func threads(_ amount: Int) {
    Thread.detachNewThread { print(amount) }
    let thread = Thread { print(amount) }
    thread.start()
    let queue = OperationQueue()
    queue.addOperation { print(amount) }
    let operation = BlockOperation { print(amount) }
    operation.addExecutionBlock { work() }
    queue.addOperation(operation)
    operation.waitUntilFinished()
    queue.waitUntilAllOperationsAreFinished()
    RunLoop.main.perform { print(amount) }
    RunLoop.main.perform(inModes: [.default]) { print(amount) }
    _ = Timer.scheduledTimer(withTimeInterval: 1, repeats: true) { _ in print(amount) }
    RunLoop.current.run()
}

waits(1)
threads(2)
