/// What the runtime library recorded in the memory of its process: who created whom, who failed to be created, who has
/// signalled what, since when a thread waits.
///
/// Every field comes out of the target's memory and was checked for its form only. Records that changed while they
/// were read, or that point at nothing, are left out and stand in `gaps`. Times are nanoseconds of the target's
/// CLOCK_MONOTONIC. Thread ids are as the target's own pid namespace numbers them; `snapshotThread` of a thread says
/// which of the snapshot's it is.
public struct RegistryRecord: Hashable, Codable, Sendable {
    /// Where the registry was found.
    public enum Origin: String, Hashable, Codable, Sendable {
        /// By the library's dynamic symbol.
        case symbol
        /// By the library's mark in the data of a module that has no such symbol (a static program).
        case moduleData
        /// By its magic number in a mapping.
        case scan
        /// It is a file by itself.
        case file
    }

    public var origin: Origin
    /// Of the registry's layout.
    public var version: UInt32
    /// The library's name and version, for people.
    public var runtime: String
    /// Whose it is.
    public var process: ProcessID
    /// The process that this one was forked from; nil unless the registry was started afresh in a fork child.
    public var parent: ProcessID?
    /// Generations of fork since the program was started.
    public var forks: UInt32
    /// Held locks and lock orders are recorded, too.
    public var recordsLocks: Bool
    /// It lies in a file mapping.
    public var isFileBacked: Bool
    /// Of the header in the target; nil of a file.
    public var address: Address?
    /// Header and areas, bytes.
    public var byteCount: UInt64
    /// When recording began.
    public var start: UInt64
    /// The same instant in nanoseconds since the epoch.
    public var startRealtime: UInt64
    /// When it was read, on the same clock; nil where that clock is not ours (a core, a process that has gone).
    public var readAt: UInt64?
    /// By serial number.
    public var threads: [RegisteredThread] = []
    /// By address.
    public var objects: [RegisteredObject] = []
    /// Each call stack that a record names, once.
    public var stacks: [RecordedStack] = []
    /// By number: the first that is still kept first.
    public var failures: [CreationFailure] = []
    public var starts: [StartRoutineUse] = []
    public var declarations: [EngineDeclaration] = []
    /// Promised and not done yet, oldest first.
    public var pending: [PendingCompletion] = []
    public var abandoned: [AbandonedLock] = []
    /// Nil where lock orders are not recorded.
    public var lockOrders: [LockOrder]?
    /// By start.
    public var modules: [RegisteredModule] = []
    public var counters = RegistryCounters()
    /// Each return address of `stacks` and each start routine once, with what symbols and debug information say of it;
    /// sorted by `pc`, a start routine (no return address) before a return address. Empty until they were looked up.
    public var frames: [Frame] = []
    /// What of the registry could not be read or believed. None of them hides anything that was seen by other means.
    public var gaps: [Gap] = []

    public init(
        origin: Origin, version: UInt32 = 1, runtime: String = "", process: ProcessID, parent: ProcessID? = nil,
        forks: UInt32 = 0, recordsLocks: Bool = false, isFileBacked: Bool = false, address: Address? = nil,
        byteCount: UInt64 = 0, start: UInt64 = 0, startRealtime: UInt64 = 0
    ) {
        self.origin = origin
        self.version = version
        self.runtime = runtime
        self.process = process
        self.parent = parent
        self.forks = forks
        self.recordsLocks = recordsLocks
        self.isFileBacked = isFileBacked
        self.address = address
        self.byteCount = byteCount
        self.start = start
        self.startRealtime = startRealtime
    }
}

extension RegistryRecord {
    /// The newest time in the record: at that moment, at least, the process still ran.
    public var newestTime: UInt64 {
        var newest = start
        for thread in threads {
            newest = max(newest, thread.created ?? 0, thread.exited ?? 0, thread.wait?.since ?? 0)
            newest = max(newest, thread.events?.last?.time ?? 0)
        }
        for object in objects { newest = max(newest, object.lastSignal ?? 0, object.since ?? 0) }
        for failure in failures { newest = max(newest, failure.when) }
        return newest
    }

    /// What is known of an address of `frames`; nil before they were looked up.
    public func frame(at address: Address, isReturnAddress: Bool) -> Frame? {
        framePosition(at: address, isReturnAddress: isReturnAddress).map { frames[$0] }
    }

    /// The index of an address among `frames`.
    public func framePosition(at address: Address, isReturnAddress: Bool) -> Int? {
        func isBefore(_ frame: Frame) -> Bool {
            guard let pc = frame.pc, pc == address else { return (frame.pc ?? Address(0)) < address }
            return !frame.isReturnAddress && isReturnAddress
        }
        var low = 0
        var high = frames.count
        while low < high {
            let middle = (low + high) / 2
            if isBefore(frames[middle]) { low = middle + 1 } else { high = middle }
        }
        guard low < frames.count, frames[low].pc == address, frames[low].isReturnAddress == isReturnAddress else {
            return nil
        }
        return low
    }

    /// The stack of an index of this record; nil without one.
    public func stack(_ index: Int?) -> RecordedStack? {
        index.flatMap { stacks.indices.contains($0) ? stacks[$0] : nil }
    }
}
