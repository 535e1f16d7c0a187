import ProcessModel

/// A registry laid out by hand, byte by byte at the offsets that registry_abi.c holds.
struct HandRegistry {
    static let base: UInt64 = 0x7f12_3450_0000
    static let events = 4

    /// One area of the directory: its kind, the bytes of a record, how many there are, and where they begin.
    struct Area {
        var kind: UInt32
        var size: UInt32
        var count: UInt32
        var offset: UInt64
    }

    static let threads = Area(kind: 1, size: 104, count: 8, offset: 0x1000)
    static let activities = Area(kind: 2, size: 64 + 4 * 16, count: 8, offset: 0x2000)
    static let objects = Area(kind: 3, size: 128, count: 8, offset: 0x3000)
    static let stacks = Area(kind: 4, size: 128, count: 8, offset: 0x4000)
    static let starts = Area(kind: 5, size: 24, count: 8, offset: 0x5000)
    static let texts = Area(kind: 6, size: 64, count: 8, offset: 0x6000)
    static let declarations = Area(kind: 7, size: 64, count: 8, offset: 0x7000)
    static let pending = Area(kind: 8, size: 64, count: 8, offset: 0x8000)
    static let failures = Area(kind: 9, size: 64, count: 4, offset: 0x9000)
    static let modules = Area(kind: 10, size: 256, count: 4, offset: 0xa000)
    static let held = Area(kind: 11, size: 256, count: 8, offset: 0xb000)
    static let orders = Area(kind: 12, size: 48, count: 4, offset: 0xc000)
    static let abandoned = Area(kind: 13, size: 32, count: 4, offset: 0xd000)
    /// Of the runtime alone.
    static let exited = Area(kind: 14, size: 8, count: 4, offset: 0xe000)
    static let size: UInt64 = 0xf000

    var bytes = [UInt8](repeating: 0, count: Int(size))

    /// Process 4242, recording since second 1,000 of its clock, with every area and nothing in it.
    init(pid: UInt32 = 4242, withLocks: Bool = true) {
        put(Array("DEADWAIT-REGIST".utf8), at: 0)
        put(UInt32(1), at: 16)
        put(UInt32(760), at: 20)
        put(Self.size, at: 24)
        put(Self.base, at: 32)
        put(pid, at: 40)
        put(UInt32(withLocks ? 1 : 0), at: 48)
        put(UInt32(Self.events), at: 52)
        put(1_000 * Self.second, at: 56)
        put(1_700_000_000 * Self.second, at: 64)
        put(Array("libdeadwait 1.0".utf8), at: 80)
        var areas = [
            Self.threads, Self.activities, Self.objects, Self.stacks, Self.starts, Self.texts, Self.declarations,
            Self.pending, Self.failures, Self.modules, Self.abandoned, Self.exited,
        ]
        if withLocks { areas += [Self.held, Self.orders] }
        for (number, area) in areas.enumerated() { put(area, number: number) }
    }

    static let second: UInt64 = 1_000_000_000
    /// A time so many seconds after recording began.
    static func time(_ seconds: Double) -> UInt64 { 1_000 * second + UInt64(seconds * 1e9) }

    mutating func put(_ value: some FixedWidthInteger, at offset: Int) {
        withUnsafeBytes(of: value.littleEndian) { put(Array($0), at: offset) }
    }

    mutating func put(_ values: [UInt8], at offset: Int) {
        bytes.replaceSubrange(offset..<offset + values.count, with: values)
    }

    mutating func put(_ area: Area, number: Int) {
        let place = 120 + number * 24
        put(area.kind, at: place)
        put(area.size, at: place + 4)
        put(area.count, at: place + 8)
        put(area.offset, at: place + 16)
    }

    /// Where the record of an index begins.
    static func place(_ area: Area, _ index: Int) -> Int { Int(area.offset) + index * Int(area.size) }

    mutating func counter(_ number: Int, _ value: UInt64) { put(value, at: 504 + number * 8) }

    /// Returns the number of the text, by which records name it.
    @discardableResult
    mutating func text(_ index: Int, _ text: String) -> UInt32 {
        let place = Self.place(Self.texts, index)
        put(UInt32(0xabcd), at: place)
        put(Array(text.utf8), at: place + 4)
        return UInt32(index + 1)
    }

    /// Returns the number of the stack.
    @discardableResult
    mutating func stack(_ index: Int, _ frames: [UInt64], flags: UInt32 = 0) -> UInt32 {
        let place = Self.place(Self.stacks, index)
        put(UInt64(77), at: place)
        put(UInt32(frames.count), at: place + 8)
        put(flags, at: place + 12)
        for (depth, frame) in frames.prefix(14).enumerated() { put(frame, at: place + 16 + depth * 8) }
        return UInt32(index + 1)
    }

    @discardableResult
    mutating func start(
        _ index: Int, _ address: UInt64, created: UInt32 = 0, live: UInt32 = 0, failed: UInt32 = 0, role: UInt32 = 0
    ) -> UInt32 {
        let place = Self.place(Self.starts, index)
        put(address, at: place)
        put(created, at: place + 8)
        put(live, at: place + 12)
        put(failed, at: place + 16)
        put(role, at: place + 20)
        return UInt32(index + 1)
    }

    /// A thread in slot `index`; serials are one higher. Slots up to it count as used.
    mutating func thread(
        _ index: Int, tid: UInt32, state: UInt32 = 2, sequence: UInt32 = 2, name: String = "", creator: UInt32 = 0,
        creatorSerial: UInt64 = 0, start: UInt64 = 0, argument: UInt64 = 0, created: Double = 0, exited: Double? = nil,
        stack: UInt32 = 0, end: UInt16 = 0, flags: UInt16 = 0, role: UInt32 = 0, nameText: UInt32 = 0
    ) {
        let place = Self.place(Self.threads, index)
        put(sequence, at: place)
        put(state, at: place + 4)
        put(UInt64(index + 1), at: place + 8)
        put(tid, at: place + 16)
        put(creator, at: place + 20)
        put(creatorSerial, at: place + 24)
        put(0x7f55_0000_0000 + UInt64(index) * 0x1000, at: place + 32)
        put(start, at: place + 40)
        put(argument, at: place + 48)
        put(Self.time(created), at: place + 56)
        put(exited.map { Self.time($0) } ?? 0, at: place + 64)
        put(stack, at: place + 72)
        put(end, at: place + 76)
        put(flags, at: place + 78)
        put(role, at: place + 80)
        put(nameText, at: place + 84)
        put(Array(name.utf8.prefix(16)), at: place + 88)
        put(UInt32(max(index + 1, Int(bytes[72]))), at: 72)
    }

    /// The wait of the thread in slot `index`.
    mutating func wait(
        _ index: Int, kind: UInt8, object: UInt64, mutex: UInt64 = 0, since: Double = 0, timeout: UInt64? = nil,
        flags: UInt8 = 0, idle: UInt16 = 0, stack: UInt32 = 0, timeoutsInARow: UInt32 = 0, waits: UInt64 = 1,
        timeouts: UInt32 = 0, sequence: UInt32 = 4
    ) {
        let place = Self.place(Self.activities, index)
        put(sequence, at: place)
        put(kind, at: place + 4)
        put(flags | (timeout == nil ? 0 : 1), at: place + 5)
        put(idle, at: place + 6)
        put(object, at: place + 8)
        put(mutex, at: place + 16)
        put(Self.time(since), at: place + 24)
        put(timeout ?? 0, at: place + 32)
        put(stack, at: place + 40)
        put(timeoutsInARow, at: place + 44)
        put(waits, at: place + 48)
        put(timeouts, at: place + 56)
    }

    /// Event number `number` of the thread in slot `index`, which has had `count` of them when this is the last.
    mutating func event(
        _ index: Int, _ number: Int, kind: UInt8, object: UInt64, outcome: UInt16 = 0, at seconds: Double
    ) {
        let activity = Self.place(Self.activities, index)
        let place = activity + 64 + number % Self.events * 16
        put(UInt64(seconds * 1e9) << 8 | UInt64(kind), at: place)
        put(object << 16 | UInt64(outcome), at: place + 8)
        put(UInt32(number + 1), at: activity + 60)
    }

    mutating func object(
        _ index: Int, _ address: UInt64, kind: UInt8 = 1, flags: UInt8 = 0, name: UInt16 = 0, sequence: UInt32 = 2,
        initStack: UInt32 = 0, waiting: UInt32 = 0, waits: UInt64 = 0, timeouts: UInt64 = 0, signals: UInt64 = 0,
        broadcasts: UInt64 = 0, unheard: UInt64 = 0, lastSignal: Double? = nil, lastSignaller: UInt32 = 0,
        owner: UInt32 = 0, sites: [(stack: UInt32, start: UInt32)] = [], sitesRecorded: UInt32? = nil,
        acquireStack: UInt32 = 0, since: Double? = nil
    ) {
        let place = Self.place(Self.objects, index)
        put(address, at: place)
        put(sequence, at: place + 8)
        put(kind, at: place + 12)
        put(flags, at: place + 13)
        put(name, at: place + 14)
        put(initStack, at: place + 16)
        put(waiting, at: place + 20)
        put(waits, at: place + 24)
        put(timeouts, at: place + 32)
        put(signals, at: place + 40)
        put(broadcasts, at: place + 48)
        put(unheard, at: place + 56)
        put(lastSignal.map { Self.time($0) } ?? 0, at: place + 64)
        put(lastSignaller, at: place + 72)
        put(owner, at: place + 76)
        for (slot, site) in sites.enumerated() {
            put(site.stack, at: place + 80 + slot * 8)
            put(site.start, at: place + 84 + slot * 8)
        }
        put(sitesRecorded ?? UInt32(sites.count), at: place + 112)
        put(acquireStack, at: place + 116)
        put(since.map { Self.time($0) } ?? 0, at: place + 120)
    }
}

/// Bytes at an address, as the memory of a process. A hook may change them before each read, as a running thread would.
final class HandMemory: MemorySource {
    var pieces: [(start: UInt64, bytes: [UInt8])]
    var beforeRead: ((HandMemory, UInt64, Int) -> Void)?
    private(set) var bytesRead = 0

    init(_ registry: HandRegistry) { pieces = [(HandRegistry.base, registry.bytes)] }
    init(_ pieces: [(start: UInt64, bytes: [UInt8])]) { self.pieces = pieces }

    func read(_ address: Address, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        beforeRead?(self, address.rawValue, buffer.count)
        bytesRead += buffer.count
        for piece in pieces {
            let offset = address.rawValue &- piece.start
            guard offset < UInt64(piece.bytes.count) else { continue }
            let count = min(buffer.count, piece.bytes.count - Int(offset))
            buffer.copyBytes(from: piece.bytes[Int(offset)..<Int(offset) + count])
            return count
        }
        return 0
    }
}
