// One use of each part of Swift's concurrency and Synchronization that waits, resumes or creates. Never run.
import Synchronization

let mutex = Mutex(0)

actor Counter {
    var count = 0
    func add() { count += 1 }
}
let counter = Counter()

@inline(never) func work() { mutex.withLock { $0 += 1 } }

@inline(never) func checked() async throws -> Int {
    let first = await withCheckedContinuation { (continuation: CheckedContinuation<Int, Never>) in
        Task { continuation.resume(returning: 1) }
    }
    return try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Int, any Error>) in
        Task { first == 1 ? continuation.resume(returning: 2) : continuation.resume(throwing: CancellationError()) }
    }
}

@inline(never) func unchecked() async throws -> Int {
    let first = await withUnsafeContinuation { continuation in Task { continuation.resume(returning: 3) } }
    return try await withUnsafeThrowingContinuation { continuation in
        Task { first == 3 ? continuation.resume(returning: 4) : continuation.resume(throwing: CancellationError()) }
    }
}

@inline(never) func children() async throws -> Int {
    async let left = checked()
    async let right = unchecked()
    let sum = try await left + right
    return await withTaskGroup(of: Int.self) { group in
        group.addTask { sum }
        var total = 0
        for await value in group { total += value }
        return total
    }
}

@inline(never) func streams() async -> Int {
    let (stream, continuation) = AsyncStream<Int>.makeStream()
    Task {
        continuation.yield(1)
        continuation.finish()
    }
    var total = 0
    for await value in stream { total += value }
    return total
}

@inline(never) func joins() async throws -> Int {
    let task = Task { 3 }
    let detached = Task.detached { try await checked() }
    task.cancel()
    try await Task.sleep(nanoseconds: 1)
    return try await task.value + detached.value
}

@main struct Program {
    static func main() async throws {
        work()
        await counter.add()
        print(try await children(), await streams(), try await joins())
    }
}
