// Swift's mutexes and tasks, and Dispatch: what comes out is the same with and without a preloaded library.
import Dispatch
import Foundation
import Synchronization

final class Counter: Sendable {
    let value = Mutex(0)
    func add(_ number: Int) { value.withLock { $0 += number } }
}

actor Ledger {
    private(set) var sum = 0
    func add(_ number: Int) { sum += number }
}

func dispatch() {
    let counter = Counter()
    DispatchQueue.concurrentPerform(iterations: 200) { counter.add($0) }
    print("performed \(counter.value.withLock { $0 })")
    let group = DispatchGroup()
    let serial = DispatchQueue(label: "serial")
    for i in 0..<100 { DispatchQueue.global().async(group: group) { serial.sync { counter.add(i) } } }
    group.wait()
    print("grouped \(counter.value.withLock { $0 })")
    let semaphore = DispatchSemaphore(value: 0)
    serial.asyncAfter(deadline: .now() + .milliseconds(3)) { semaphore.signal() }
    semaphore.wait()
    print("timed out \(semaphore.wait(timeout: .now() + .milliseconds(3)) == .timedOut)")
    let concurrent = DispatchQueue(label: "concurrent", attributes: .concurrent)
    for _ in 0..<20 { concurrent.async { counter.add(1) } }
    concurrent.sync(flags: .barrier) { counter.add(1000) }
    print("barrier \(counter.value.withLock { $0 })")
}

func foundation() throws {
    let condition = NSCondition()
    let ready = Mutex(false)
    let thread = Thread {
        condition.lock()
        while !ready.withLock({ $0 }) { condition.wait() }
        condition.unlock()
        condition.lock()
        ready.withLock { $0 = false }
        condition.signal()
        condition.unlock()
    }
    thread.start()
    condition.lock()
    ready.withLock { $0 = true }
    condition.signal()
    while ready.withLock({ $0 }) { condition.wait() }
    print("waited \(condition.wait(until: Date(timeIntervalSinceNow: 0.003)))")
    condition.unlock()
    let queue = OperationQueue()
    queue.maxConcurrentOperationCount = 2
    let counter = Counter()
    for _ in 0..<50 { queue.addOperation { counter.add(1) } }
    queue.waitUntilAllOperationsAreFinished()
    print("operations \(counter.value.withLock { $0 })")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "exit 5"]
    try process.run()
    process.waitUntilExit()
    print("child \(process.terminationStatus)")
}

@main struct Conformance {
    static func main() async throws {
        let ledger = Ledger()
        let total = await withTaskGroup(of: Int.self) { group in
            for i in 0..<200 {
                group.addTask {
                    await ledger.add(i)
                    await Task.yield()
                    return i
                }
            }
            return await group.reduce(0, +)
        }
        print("tasks \(total) \(await ledger.sum)")
        let resumed = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: 9) }
        }
        print("resumed \(resumed)")
        let stream = AsyncStream<Int> { continuation in
            for i in 0..<10 { continuation.yield(i) }
            continuation.finish()
        }
        var streamed = 0
        for await number in stream { streamed += number }
        print("streamed \(streamed)")
        let sleeper = Task { try await Task.sleep(for: .seconds(60)) }
        sleeper.cancel()
        print("cancelled \(await sleeper.result.isFailure)")
        try await Task.sleep(for: .milliseconds(2))
        await Task.detached { dispatch() }.value
        try await Task.detached { try foundation() }.value
    }
}

extension Result {
    var isFailure: Bool { if case .failure = self { true } else { false } }
}
