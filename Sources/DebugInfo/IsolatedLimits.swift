/// What the children of `IsolatedDebugInfo` may use.
public struct IsolatedLimits: Hashable, Sendable {
    /// Address space of one child beyond what it has at its start (RLIMIT_AS), bytes: mapped files count, too.
    public var addressSpaceBytes: UInt64 = 12 << 30
    /// CPU time of one child, seconds (RLIMIT_CPU).
    public var cpuSeconds: UInt64 = 300
    /// For one question, however many addresses it has, milliseconds of wall time.
    public var requestMilliseconds: Int = 120_000
    /// Children at the same time, at least 1. Nil: as many as there are processors, 2 at most.
    public var children: Int?
    /// How many children may die before nothing is asked any more.
    public var deaths: Int = 16

    public init() {}
}
