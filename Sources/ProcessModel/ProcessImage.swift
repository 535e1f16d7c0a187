/// What a capture hands on: everything read of a process or a core, nothing yet understood.
///
/// The target is free again when this value exists. Unwinding, decoding and symbolizing read only from it.
public struct ProcessImage {
    public var process: ProcessInfo
    public var threads: [ThreadImage]
    /// Sorted by start.
    public var mappings: [Mapping]
    /// Sorted by start.
    public var modules: [Module]
    /// Copied stacks and objects first; behind them the core, or the live process (whose bytes are then of a later
    /// moment than the threads' instants).
    public var memory: any MemorySource
    /// Nil of a process that did not crash.
    public var crash: Crash?
    /// What could not be read.
    public var gaps: [Gap]
    public var timing: CaptureTiming

    public init(
        process: ProcessInfo, threads: [ThreadImage] = [], mappings: [Mapping] = [], modules: [Module] = [],
        memory: any MemorySource, crash: Crash? = nil, gaps: [Gap] = [], timing: CaptureTiming = CaptureTiming()
    ) {
        self.process = process
        self.threads = threads
        self.mappings = mappings
        self.modules = modules
        self.memory = memory
        self.crash = crash
        self.gaps = gaps
        self.timing = timing
    }
}

/// One thread as it was captured.
public struct ThreadImage {
    /// Everything but stack, wait and progress, which later steps fill in.
    public var thread: Thread
    /// The highest address that was copied of its stack, exclusive; nil when no stack was copied.
    public var stackEnd: Address?
    /// The base of its thread-local storage: fs_base on x86-64, glibc's `pthread_self()`. Nil when not read.
    public var threadPointer: Address?
    /// The thread's id in its own pid namespace, which is what libc keeps as the owner of a lock; nil when it is the
    /// same as `thread.id`.
    public var namespaceID: ThreadID?

    public init(
        thread: Thread, stackEnd: Address? = nil, threadPointer: Address? = nil, namespaceID: ThreadID? = nil
    ) {
        self.thread = thread
        self.stackEnd = stackEnd
        self.threadPointer = threadPointer
        self.namespaceID = namespaceID
    }
}

/// The process as a whole.
public struct ProcessInfo: Hashable, Codable, Sendable {
    public enum Source: String, Hashable, Codable, Sendable {
        case live
        case core
        case text
        /// A registry file alone.
        case registry
    }

    /// Nil in a text that does not tell.
    public var id: ProcessID?
    /// The path of the main program as the target knows it.
    public var executable: String?
    public var buildID: BuildID?
    /// Empty when it could not be read.
    public var commandLine: [String]
    public var source: Source
    public var architecture: Architecture
    /// Whether the target numbers its threads as the capture does. When false, an owner that libc's fields name and
    /// that is not among the threads may still be alive. Nil when it was not looked at.
    public var sharesPIDNamespace: Bool?

    public init(
        id: ProcessID?, executable: String? = nil, buildID: BuildID? = nil, commandLine: [String] = [], source: Source,
        architecture: Architecture = .amd64, sharesPIDNamespace: Bool? = nil
    ) {
        self.id = id
        self.executable = executable
        self.buildID = buildID
        self.commandLine = commandLine
        self.source = source
        self.architecture = architecture
        self.sharesPIDNamespace = sharesPIDNamespace
    }
}

/// The signal that ended a process, from a core's notes.
public struct Crash: Hashable, Codable, Sendable {
    /// 1...64.
    public var signal: Int
    /// siginfo's si_code: why the signal came.
    public var code: Int?
    /// siginfo's si_addr, for SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGTRAP.
    public var faultAddress: Address?
    /// siginfo's si_pid, for signals that a process sent.
    public var sender: ProcessID?
    public var thread: ThreadID?

    public init(
        signal: Int, code: Int? = nil, faultAddress: Address? = nil, sender: ProcessID? = nil, thread: ThreadID? = nil
    ) {
        self.signal = signal
        self.code = code
        self.faultAddress = faultAddress
        self.sender = sender
        self.thread = thread
    }
}

/// What the capture cost the target and us.
public struct CaptureTiming: Hashable, Codable, Sendable {
    /// "no-stop", "hybrid", "stop-all", "core", "text".
    public var mode: String
    /// How many threads were stopped.
    public var stoppedThreads: Int
    /// The longest stop of any one thread, nanoseconds.
    public var longestStopNanoseconds: UInt64
    /// The sum of all stops, nanoseconds; of a stop-all, the window from the first stop to the last release.
    public var totalStopNanoseconds: UInt64
    /// Wall time of each step in order, nanoseconds.
    public var steps: [Step]

    public struct Step: Hashable, Codable, Sendable {
        public var name: String
        public var nanoseconds: UInt64
        public init(name: String, nanoseconds: UInt64) {
            self.name = name
            self.nanoseconds = nanoseconds
        }
    }

    public init(
        mode: String = "", stoppedThreads: Int = 0, longestStopNanoseconds: UInt64 = 0,
        totalStopNanoseconds: UInt64 = 0,
        steps: [Step] = []
    ) {
        self.mode = mode
        self.stoppedThreads = stoppedThreads
        self.longestStopNanoseconds = longestStopNanoseconds
        self.totalStopNanoseconds = totalStopNanoseconds
        self.steps = steps
    }
}
