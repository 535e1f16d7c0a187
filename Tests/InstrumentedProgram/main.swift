// A Swift program that says all that Instrumentation has words for, leaves each one's trace, writes `ready` and waits
// to be killed. It runs the same without the runtime library.

import Glibc
import Instrumentation
import Synchronization

func startThread(_ body: @escaping @Sendable () -> Void) {
    final class Start {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    pthread_create(
        &thread, nil,
        { start in
            if let start { Unmanaged<Start>.fromOpaque(start).takeRetainedValue().body() }
            return nil
        }, Unmanaged.passRetained(Start(body)).toOpaque())
}

final class Table: Sendable {
    let rows = TrackedMutex(0, name: "rows of the table")
    let unused = TrackedMutex([1, 2])
    let continuations = Mutex<[TrackedCheckedContinuation<Int, Never>]>([])
    let works = Mutex<[PendingWork?]>([])
}

let table = Table()
let steps = Atomic<Int>(0)
func awaitSteps(_ count: Int) { while steps.load(ordering: .acquiring) < count { usleep(1000) } }

// What the C functions need addresses for.
let words = UnsafeMutablePointer<UInt64>.allocate(capacity: 4)
words.initialize(repeating: 1, count: 4)
let flushed = ObservedObject(at: words)
let gate = ObservedObject(at: words + 1)

Instrument.nameThread("application thread of the test")
Instrument.setRole("application")
Instrument.expect(role: "flusher", count: 3)
Instrument.expect(role: "reader", count: -1)
flushed.name("flush done", as: .event)
flushed.isSignalled(byRole: "flusher")
flushed.isWaitedFor(until: UnsafePointer(words + 2), masked: 0xff, equals: 5)
flushed.isWaitedFor(arrivals: 3, ofRole: "flusher", counted: UnsafePointer(words + 3))
flushed.swallowsSignals()
flushed.signalled()
flushed.broadcast()
gate.acquired(shared: false)
flushed.withWait(.spin, timeout: .milliseconds(5)) { .timedOut }

// One thread holds the lock for ever, one waits for it, one is idle.
startThread {
    Instrument.setRole("flusher")
    Instrument.nameThread("flusher")
    table.rows.withLock { _ in
        steps.add(1, ordering: .releasing)
        while true { pause() }
    }
}
awaitSteps(1)
startThread {
    Instrument.setRole("reader")
    Instrument.withCall("count the rows") {
        steps.add(1, ordering: .releasing)
        table.rows.withLock { $0 += 1 }
    }
}
startThread {
    Instrument.withIdleMark("waits for the next request") {
        _ = flushed.withWait(.event, timeout: .seconds(60)) {
            steps.add(1, ordering: .releasing)
            while true { pause() }
        }
    }
}
awaitSteps(3)

// One continuation that nobody resumes, one that is dropped, one that is resumed.
Task.detached {
    await withTrackedTask("compaction") {
        _ = await withTrackedCheckedContinuation("compaction done") { continuation in
            table.continuations.withLock { $0.append(continuation) }
            steps.add(1, ordering: .releasing)
        }
    }
}
Task.detached {
    let _: Int = try await withTrackedThrowingContinuation { _ in }
}
Task.detached {
    let value = await withTrackedCheckedContinuation { continuation in
        startThread { continuation.resume(returning: 3) }
    }
    let unit: Void = await withTrackedCheckedContinuation { $0.resume() }
    steps.add(value + (unit == () ? 0 : 1), ordering: .releasing)
}
awaitSteps(7)
table.works.withLock {
    $0.append(PendingWork.begin("write of page 1", for: UnsafeRawPointer(words)))
    PendingWork.begin("write of page 2")?.end()
    _ = PendingWork.begin("write of page 3")
}
let sum = table.unused.withLock { $0.reduce(0, +) } + (table.unused.withLockIfAvailable { $0.count } ?? 0)
let isBusy = table.rows.withLockIfAvailable { _ in true } == nil
usleep(100_000)
print("rows \(table.rows.address)\nwords \(UnsafeRawPointer(words))")
print("ready loaded=\(Instrument.isLoaded) sum=\(sum) busy=\(isBusy)")
fflush(nil)
while true { pause() }
