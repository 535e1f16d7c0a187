/// The kernel's state of a thread: the third field of `/proc/PID/task/TID/stat` (proc(5)).
public enum ThreadState: String, Hashable, Codable, Sendable {
    case running = "R"
    case sleeping = "S"
    /// Uninterruptible: no signal and no tracer reaches it.
    case diskSleep = "D"
    case stopped = "T"
    case tracingStop = "t"
    case zombie = "Z"
    case dead = "X"
    case idle = "I"
    case parked = "P"
    case unknown = "?"
}

/// Counters of the scheduler, to tell whether a thread has run between two looks.
public struct SchedulerCounters: Hashable, Codable, Sendable {
    /// Time on a CPU, nanoseconds (first field of schedstat).
    public var cpuNanoseconds: UInt64
    /// How often it was put on a CPU (third field of schedstat). Unchanged means: it has not run.
    public var runs: UInt64
    /// From `status`; nil where it was not read.
    public var voluntarySwitches: UInt64?
    public var involuntarySwitches: UInt64?

    public init(
        cpuNanoseconds: UInt64, runs: UInt64, voluntarySwitches: UInt64? = nil, involuntarySwitches: UInt64? = nil
    ) {
        self.cpuNanoseconds = cpuNanoseconds
        self.runs = runs
        self.voluntarySwitches = voluntarySwitches
        self.involuntarySwitches = involuntarySwitches
    }
}

/// The span of time in which what was read of a thread is one picture: it did not run in it.
///
/// Two threads may be held against each other (a lock cycle, a dead wait) only if their instants overlap.
public struct Instant: Hashable, Codable, Sendable {
    /// How it is known that the thread did not run.
    public enum Proof: String, Hashable, Codable, Sendable {
        /// The run count was the same before and after.
        case runCountUnchanged
        /// It was stopped with ptrace.
        case stopped
        /// A core: the kernel had stopped all threads.
        case core
        /// A text says it: debuggers and stack printers stop the process while they read it.
        case text
        /// None: the parts may be of different moments.
        case none
    }

    /// CLOCK_MONOTONIC of the capturing machine, nanoseconds; 0 in a core.
    public var start: UInt64
    /// CLOCK_MONOTONIC, nanoseconds; not before `start`.
    public var end: UInt64
    public var proof: Proof

    public init(start: UInt64, end: UInt64, proof: Proof) {
        self.start = start
        self.end = end
        self.proof = proof
    }

    /// Whether there is a moment that both spans contain.
    public func overlaps(_ other: Instant) -> Bool {
        if proof == .none || other.proof == .none { return false }
        return start <= other.end && other.start <= end
    }
}

/// The system call in which a thread is blocked, from `/proc/PID/task/TID/syscall` or from its registers.
public struct SystemCall: Hashable, Codable, Sendable {
    /// The number in the target's own table. A call that a stop interrupted shows as `restart_syscall` with the
    /// arguments of the call it restarts; `number` is then the one that restarts, where that could be told.
    public var number: Int
    public var arguments: [UInt64]

    public init(number: Int, arguments: [UInt64]) {
        self.number = number
        self.arguments = arguments
    }
}

/// What was seen to change between two samples of a thread.
public enum Progress: String, Hashable, Codable, Sendable {
    /// Has not run.
    case unmoved
    /// Has run and is back in the same wait with the same stack.
    case polling
    /// Has run and stands somewhere else.
    case moving
    /// Was on a CPU at each look.
    case running
}

/// One thread at the instant of the capture.
public struct Thread: Hashable, Codable, Sendable {
    public var id: ThreadID
    /// `/proc/PID/task/TID/comm`, 15 bytes at most, or what the input calls it.
    public var name: String?
    public var state: ThreadState
    /// When it was seen.
    public var instant: Instant
    /// How long it was stopped for this capture, nanoseconds; nil when it was not stopped.
    public var stoppedNanoseconds: UInt64?
    /// Of the innermost frame, as far as they were to be had.
    public var registers: RegisterSet
    /// The call that it is blocked in; nil when it is in none, or that could not be read.
    public var systemCall: SystemCall?
    /// The kernel function it sleeps in (`wchan`), when the kernel tells.
    public var kernelWaitChannel: String?
    /// At the capture.
    public var counters: SchedulerCounters?
    /// Index into the snapshot's stacks; nil when there is none, and a gap says why.
    public var stack: Int?
    /// Nil for a thread that runs, or whose wait is not known at all.
    public var wait: Wait?
    /// Nil without samples.
    public var progress: Progress?

    public init(
        id: ThreadID, name: String? = nil, state: ThreadState,
        instant: Instant = Instant(start: 0, end: 0, proof: .none), stoppedNanoseconds: UInt64? = nil,
        registers: RegisterSet = RegisterSet(), systemCall: SystemCall? = nil, kernelWaitChannel: String? = nil,
        counters: SchedulerCounters? = nil, stack: Int? = nil, wait: Wait? = nil, progress: Progress? = nil
    ) {
        self.id = id
        self.name = name
        self.state = state
        self.instant = instant
        self.stoppedNanoseconds = stoppedNanoseconds
        self.registers = registers
        self.systemCall = systemCall
        self.kernelWaitChannel = kernelWaitChannel
        self.counters = counters
        self.stack = stack
        self.wait = wait
        self.progress = progress
    }
}
