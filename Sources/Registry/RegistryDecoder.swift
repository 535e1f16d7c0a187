import ProcessModel
import RegistryABI

/// Decodes one registry whose header was checked. For one pass.
struct RegistryDecoder {
    let bytes: RegistryBytes
    let layout: RegistryLayout
    let place: RegistryPlace
    var record: RegistryRecord
    var gaps = RegistryGaps()
    /// By number: the index of a stack in the record, nil for one that could not be read.
    var stackIndexes: [UInt32: Int?] = [:]
    var texts: [UInt32: String?] = [:]
    /// Start routines by index in their area.
    var startRoutines: [Address?] = []

    /// Tables other than that of the threads are read up to so many bytes.
    static let areaLimit = 256 << 20
    /// Threads beyond these are left out.
    static let threadLimit = 1 << 20

    init(bytes: RegistryBytes, layout: RegistryLayout, place: RegistryPlace) {
        self.bytes = bytes
        self.layout = layout
        self.place = place
        let header = layout.header
        let flags = header.flags
        let isForkChild = flags & DW_REGISTRY_FORK_CHILD.rawValue != 0
        record = RegistryRecord(
            origin: place.origin, version: header.version, runtime: Self.text(of: header.runtime),
            process: ProcessID(Int32(truncatingIfNeeded: header.pid)),
            parent: isForkChild ? ProcessID(Int32(truncatingIfNeeded: header.parent_pid)) : nil, forks: header.forks,
            recordsLocks: flags & DW_REGISTRY_LOCKS.rawValue != 0,
            isFileBacked: flags & DW_REGISTRY_FILE.rawValue != 0,
            address: place.origin == .file ? nil : place.address, byteCount: header.total_size,
            start: header.start_monotonic, startRealtime: header.start_realtime)
    }

    /// Reads every area. Threads first: they change the most.
    mutating func decode() {
        readStarts()
        readThreads()
        readObjects()
        readPending()
        readDeclarations()
        readFailures()
        readAbandoned()
        readOrders()
        readModules()
        readCounters()
    }

    consuming func finished() -> RegistryRecord {
        record.gaps = gaps.all(subject)
        return record
    }

    /// What gaps of the registry as a whole are about.
    var subject: Gap.Subject {
        place.origin == .file ? .file(place.name) : .memory(place.address)
    }

    /// Where a record stands, as the subject of a gap.
    func subject(of index: Int, in area: RegistryArea) -> Gap.Subject {
        place.origin == .file ? subject : .memory(place.address + RegistryBytes.offset(of: index, in: area))
    }

    /// Nil for 0, which stands for none, and for what is no thread id, which has a gap.
    mutating func thread(_ tid: UInt32) -> ThreadID? {
        guard tid != 0 else { return nil }
        guard let value = Int32(exactly: tid) else {
            gaps.add(subject, "read a thread id of the registry", "it is larger than the kernel's thread ids are")
            return nil
        }
        return ThreadID(value)
    }

    func kind(_ number: UInt32) -> RegisteredKind? {
        switch dw_kind(number) {
        case DW_KIND_NONE: nil
        case DW_KIND_CONDITION: .condition
        case DW_KIND_MUTEX: .mutex
        case DW_KIND_RWLOCK_READ: .rwlockRead
        case DW_KIND_RWLOCK_WRITE: .rwlockWrite
        case DW_KIND_SEMAPHORE: .semaphore
        case DW_KIND_BARRIER: .barrier
        case DW_KIND_JOIN: .join
        case DW_KIND_ONCE: .once
        case DW_KIND_FUTEX: .futex
        case DW_KIND_ENGINE_LOCK: .engineLock
        case DW_KIND_ENGINE_CONDITION: .engineCondition
        case DW_KIND_CONTINUATION: .continuation
        case DW_KIND_SPIN: .spin
        default: .unknown
        }
    }

    /// A fixed array of characters up to its zero, or to its end.
    static func text<Characters>(of characters: Characters) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private mutating func readCounters() {
        func value(_ counter: dw_counter) -> UInt64 { layout.counter(counter) }
        record.counters.threads = value(DW_COUNT_THREADS)
        record.counters.exited = value(DW_COUNT_EXITED)
        record.counters.threadsDropped = value(DW_COUNT_THREADS_DROPPED)
        record.counters.slotsReused = value(DW_COUNT_SLOTS_REUSED)
        record.counters.failures = value(DW_COUNT_FAILURES)
        record.counters.objectsDropped = value(DW_COUNT_OBJECTS_DROPPED)
        record.counters.stacksDropped = value(DW_COUNT_STACKS_DROPPED)
        record.counters.startsDropped = value(DW_COUNT_STARTS_DROPPED)
        record.counters.textsDropped = value(DW_COUNT_TEXTS_DROPPED)
        record.counters.declarationsDropped = value(DW_COUNT_DECLARATIONS_DROPPED)
        record.counters.pendingDropped = value(DW_COUNT_PENDING_DROPPED)
        record.counters.modulesDropped = value(DW_COUNT_MODULES_DROPPED)
        record.counters.heldDropped = value(DW_COUNT_HELD_DROPPED)
        record.counters.ordersDropped = value(DW_COUNT_ORDERS_DROPPED)
        record.counters.abandonedDropped = value(DW_COUNT_ABANDONED_DROPPED)
        record.counters.inversions = value(DW_COUNT_INVERSIONS)
    }
}

extension UInt64 {
    /// Nil for 0, which the registry writes where there is nothing.
    var nonzero: UInt64? { self == 0 ? nil : self }
    var address: Address? { self == 0 ? nil : Address(self) }
}
