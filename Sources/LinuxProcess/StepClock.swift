import ProcessModel

/// Takes the wall time of the steps of a capture.
public struct StepClock {
    public private(set) var steps: [CaptureTiming.Step] = []
    private var last = monotonicNanoseconds()

    public init() {}

    /// Begins a step now: what went before is timed by somebody else.
    public mutating func restart() { last = monotonicNanoseconds() }

    /// Ends the step that began with the last one, or with the clock.
    public mutating func lap(_ name: String) {
        let time = monotonicNanoseconds()
        steps.append(CaptureTiming.Step(name: name, nanoseconds: time &- last))
        last = time
    }
}
