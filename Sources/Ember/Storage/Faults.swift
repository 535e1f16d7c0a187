import Synchronization

/// Failures that are to happen: which call at which point fails, and with which errno value.
///
/// Shared by the store, the engine and its tool, and safe on any thread. While nothing is planned, a call costs one
/// relaxed load.
public final class Faults: @unchecked Sendable {
    private struct Plan {
        /// Calls that still succeed.
        var successes: Int
        /// Calls that fail after these.
        var failures: Int
        var errno: Int32
    }

    private let isArmed = Atomic<Bool>(false)
    private let lock = Lock("faults")
    private var plans: [FaultPoint: Plan] = [:]
    private var observer: (@Sendable (FaultPoint) -> Void)?

    public init() {}

    /// Lets the `call`-th next call at `point` (1 is the very next) and the `times` - 1 after it fail with `errno`. A
    /// later plan for the same point replaces an earlier one.
    public func fail(_ point: FaultPoint, onCall call: Int = 1, times: Int = 1, with errno: Int32) {
        lock.withLock {
            plans[point] = Plan(successes: max(call, 1) - 1, failures: max(times, 1), errno: errno)
            isArmed.store(true, ordering: .releasing)
        }
    }

    /// Calls `observer` before every call at a point, on the thread that makes it and with whatever locks it holds; nil
    /// ends that.
    public func observe(_ observer: (@Sendable (FaultPoint) -> Void)?) {
        lock.withLock {
            self.observer = observer
            isArmed.store(observer != nil || !plans.isEmpty, ordering: .releasing)
        }
    }

    /// Forgets all that is planned.
    public func clear() {
        lock.withLock {
            plans = [:]
            isArmed.store(observer != nil, ordering: .releasing)
        }
    }

    /// To be asked before each call at `point`: the errno value that it shall fail with, or nil when it shall be made.
    public func failure(at point: FaultPoint) -> Int32? {
        guard isArmed.load(ordering: .acquiring) else { return nil }
        let (planned, observer) = lock.withLock { (takePlanned(at: point), self.observer) }
        observer?(point)
        return planned
    }

    /// The same as an error of the module.
    func check(_ point: FaultPoint, call: String, subject: String) throws(EmberError) {
        guard let errno = failure(at: point) else { return }
        throw .system(call: call, subject: subject, errno: errno)
    }

    private func takePlanned(at point: FaultPoint) -> Int32? {
        guard var plan = plans[point] else { return nil }
        if plan.successes > 0 {
            plan.successes -= 1
            plans[point] = plan
            return nil
        }
        plan.failures -= 1
        plans[point] = plan.failures > 0 ? plan : nil
        if plans.isEmpty && observer == nil { isArmed.store(false, ordering: .releasing) }
        return plan.errno
    }
}
