import Diagnosis
import ProcessModel
import TestSupport

/// An engine whose main thread flushes, and waits for its workers: four are wanted, and a sweep server idles.
struct DeclaredSketch {
    static let flushed: UInt64 = 0x6000
    static let sweeping: UInt64 = 0x6100
    static let work: UInt64 = 0x6200

    var sketch: SnapshotSketch

    init(source: ProcessInfo.Source = .live, timeouts: UInt32? = 9, wanted: UInt32? = 4) {
        sketch = SnapshotSketch(source: source)
        sketch.registry()
        sketch.named("flush done", at: Self.flushed)
        sketch.named("work", at: Self.work)
        sketch.declare(.signaller(role: "worker"), of: Self.flushed)
        if let wanted { sketch.declare(.expected(role: "worker", count: wanted)) }
        waiter(100, on: Self.flushed, timeouts: timeouts, functions: ["flush engine.c:40", "close engine.c:80"])
        waiter(101, "sweep", role: "sweep", on: Self.sweeping, idle: "waits for the next sweep")
    }

    /// A thread in a wait on a condition.
    mutating func waiter(
        _ id: Int32, _ name: String? = nil, role: String? = nil, on condition: UInt64, timeouts: UInt32? = 9,
        idle: String? = nil, functions: [String] = [], check: RegisteredWait.Check = .confirmed
    ) {
        sketch.thread(
            id, name ?? role, wait: .other(.condition, "futex", object: condition, isTimed: timeouts != nil),
            functions: functions)
        sketch.registered(
            id, role: role, wait: .condition(at: condition, timeouts: timeouts, idle: idle, check: check))
    }

    /// A thread that waits for a mutex, as libc says.
    mutating func locked(_ id: Int32, role: String?, mutex: UInt64, owner: Int32) {
        sketch.mutex(nil, at: mutex, owner: owner)
        sketch.thread(id, role, wait: .mutex(at: mutex, owner: owner))
        sketch.registered(id, role: role)
    }

    /// A thread that is asleep in a call of the kernel.
    mutating func sleeper(_ id: Int32, role: String?, created: UInt64 = 2_000_000_000) {
        sketch.thread(id, role, wait: .other(.sleep, "clock_nanosleep()", isTimed: true))
        sketch.registered(id, role: role, created: created)
    }

    var assessment: Assessment { Assessment(of: sketch.snapshot) }
}

/// The rules of the findings, in their order.
func rules(_ assessment: Assessment) -> [String] { assessment.findings.map(\.rule.rawValue) }
