import ProcessModel
import RegistryABI

/// One area of the registry: where its records lie, after its sizes were checked against the whole.
struct RegistryArea: Hashable {
    /// From the header's first byte.
    var offset: UInt64
    /// Bytes of one record, at least those that this version knows.
    var recordSize: Int
    /// Records.
    var capacity: Int
}

/// The header of a registry, checked: nothing that it says leads out of the bytes it lies in.
struct RegistryLayout {
    static let version: UInt32 = DW_REGISTRY_VERSION
    static let headerSize = MemoryLayout<dw_registry_header>.size
    /// No record is longer than that, the ring of events included.
    static let recordLimit = 1 << 20
    static let eventLimit: UInt32 = 1 << 15
    /// A registry of a million threads with long rings is below this.
    static let totalLimit: UInt64 = 1 << 36

    var header: dw_registry_header
    private var areas: [UInt32: RegistryArea] = [:]

    /// - Parameters:
    ///   - available: bytes of the mapping or file from the header on; nil when that is not known.
    ///   - place: names the registry in errors.
    /// - Throws: `notARegistry`, `unknownVersion`, `malformed`.
    init(header bytes: [UInt8], available: UInt64?, place: String) throws(RegistryError) {
        guard bytes.count >= 24, Self.hasMagic(bytes[0..<16], DW_REGISTRY_MAGIC) else {
            throw .notARegistry(place: place)
        }
        let version = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 16, as: UInt32.self) }
        guard version == Self.version else { throw .unknownVersion(place: place, version: version) }
        guard bytes.count >= Self.headerSize else { throw .malformed(place: place, reason: "its header is cut short") }
        let header = bytes.withUnsafeBytes { $0.loadUnaligned(as: dw_registry_header.self) }
        self.header = header
        func check(_ condition: Bool, _ reason: @autoclosure () -> String) throws(RegistryError) {
            if !condition { throw .malformed(place: place, reason: reason()) }
        }
        try check(
            header.header_size >= Self.headerSize && header.header_size <= 1 << 16,
            "its header has \(header.header_size) bytes")
        try check(
            header.total_size >= UInt64(header.header_size) && header.total_size <= Self.totalLimit,
            "it has \(header.total_size) bytes in all")
        if let available {
            try check(
                header.total_size <= available,
                "it has \(header.total_size) bytes and its mapping only \(available)")
        }
        try check(header.events <= Self.eventLimit, "it keeps \(header.events) events a thread")
        let table = withUnsafeBytes(of: header.areas) { raw in
            (0..<Int(DW_AREA_KINDS.rawValue)).map {
                raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<dw_area>.size, as: dw_area.self)
            }
        }
        var taken: [Range<UInt64>] = [0..<UInt64(header.header_size)]
        for area in table where area.kind != DW_AREA_NONE.rawValue && area.capacity != 0 {
            let name = Self.name(of: area.kind)
            try check(
                area.record_size > 0 && area.record_size <= Self.recordLimit,
                "the records of its \(name) have \(area.record_size) bytes")
            if let least = Self.leastSize(of: area.kind, events: header.events) {
                try check(
                    Int(area.record_size) >= least,
                    "the records of its \(name) have \(area.record_size) bytes where \(least) are needed")
            }
            // Two 32-bit numbers: their product fits.
            let (end, overflow) = area.offset.addingReportingOverflow(
                UInt64(area.capacity) * UInt64(area.record_size))
            try check(!overflow && end <= header.total_size, "its \(name) lie outside of it")
            try check(areas[area.kind] == nil, "it has two areas for \(name)")
            taken.append(area.offset..<end)
            areas[area.kind] = RegistryArea(
                offset: area.offset, recordSize: Int(area.record_size), capacity: Int(area.capacity))
        }
        taken.sort { $0.lowerBound < $1.lowerBound }
        for (left, right) in zip(taken, taken.dropFirst()) {
            try check(left.upperBound <= right.lowerBound, "two of its areas overlap at \(right.lowerBound)")
        }
        let threads = areas[DW_AREA_THREADS.rawValue]?.capacity ?? 0
        try check(threads > 0, "it has no area for threads")
        try check(
            Int(header.threads_used) <= threads,
            "\(header.threads_used) threads are used of \(threads) that it has room for")
    }

    /// Nil where the registry has no such area.
    func area(_ kind: dw_area_kind) -> RegistryArea? { areas[kind.rawValue] }

    func counter(_ counter: dw_counter) -> UInt64 {
        withUnsafeBytes(of: header.counters) {
            $0.loadUnaligned(fromByteOffset: Int(counter.rawValue) * 8, as: UInt64.self)
        }
    }

    /// Whether the bytes are a magic text with its zero.
    static func hasMagic(_ bytes: some Collection<UInt8>, _ magic: String) -> Bool {
        bytes.elementsEqual(Array(magic.utf8) + [0])
    }

    /// What a record must have, by the layout that is compiled in; nil for kinds that are not read.
    private static func leastSize(of kind: UInt32, events: UInt32) -> Int? {
        switch dw_area_kind(kind) {
        case DW_AREA_THREADS: MemoryLayout<dw_thread_record>.size
        case DW_AREA_ACTIVITIES:
            MemoryLayout<dw_activity_record>.size + Int(events) * MemoryLayout<dw_event>.size
        case DW_AREA_OBJECTS: MemoryLayout<dw_object_record>.size
        case DW_AREA_STACKS: MemoryLayout<dw_stack_record>.size
        case DW_AREA_STARTS: MemoryLayout<dw_start_record>.size
        case DW_AREA_TEXTS: MemoryLayout<dw_text_record>.size
        case DW_AREA_DECLARATIONS: MemoryLayout<dw_declaration_record>.size
        case DW_AREA_PENDING: MemoryLayout<dw_pending_record>.size
        case DW_AREA_FAILURES: MemoryLayout<dw_failure_record>.size
        case DW_AREA_MODULES: MemoryLayout<dw_module_record>.size
        case DW_AREA_HELD: MemoryLayout<dw_held_record>.size
        case DW_AREA_ORDERS: MemoryLayout<dw_order_record>.size
        case DW_AREA_ABANDONED: MemoryLayout<dw_abandoned_record>.size
        default: nil
        }
    }

    private static func name(of kind: UInt32) -> String {
        switch dw_area_kind(kind) {
        case DW_AREA_THREADS: "threads"
        case DW_AREA_ACTIVITIES: "threads' activities"
        case DW_AREA_OBJECTS: "objects"
        case DW_AREA_STACKS: "call stacks"
        case DW_AREA_STARTS: "start routines"
        case DW_AREA_TEXTS: "texts"
        case DW_AREA_DECLARATIONS: "declarations"
        case DW_AREA_PENDING: "pending completions"
        case DW_AREA_FAILURES: "failed creations"
        case DW_AREA_MODULES: "modules"
        case DW_AREA_HELD: "held locks"
        case DW_AREA_ORDERS: "lock orders"
        case DW_AREA_ABANDONED: "abandoned locks"
        case DW_AREA_EXITED: "exited threads"
        default: "area \(kind)"
        }
    }
}
