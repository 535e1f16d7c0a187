import Glibc
import ProcessModel

/// Takes the wall time of the steps of a capture.
public struct StepClock {
    public private(set) var steps: [CaptureTiming.Step] = []
    private var last = StepClock.now()

    public init() {}

    /// CLOCK_MONOTONIC in nanoseconds.
    public static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Ends the step that began with the last one, or with the clock.
    public mutating func lap(_ name: String) {
        let time = Self.now()
        steps.append(CaptureTiming.Step(name: name, nanoseconds: time &- last))
        last = time
    }
}
