import ProcessModel
import SyncDecode
import Testing

/// A libc laid out by hand: three exported functions, and an unnamed one in which a thread waits for a semaphore.
@Suite("A function without a name means what its callers mean")
struct HiddenFunctionTests {
    private static let library: UInt64 = 0x7fff_0000_0000
    private static let program: UInt64 = 0x5555_0000_0000
    private static let semaphore: UInt64 = 0x5555_0000_1000
    /// Where the functions begin; the last two have no name.
    private static let functions: [UInt64] = [0x1000, 0x1040, 0x1080, 0x1100, 0x1140]
    private static let (first, second, third, slow, middle) = (
        functions[0], functions[1], functions[2], functions[3], functions[4]
    )

    /// Bytes of a call or jump, and where they stand.
    private struct Way {
        var address: UInt64
        var operation: [UInt8]
        var target: UInt64
        var isShort = false
    }

    /// The wait of a thread at `pc` of the library, in which `names` are exported.
    private func wait(names: [String], ways: [Way], pc: UInt64 = slow + 0x10) -> Wait? {
        let memory = HandMemory()
        func put(_ value: some FixedWidthInteger, _ offset: UInt64) { memory.put(value, at: Self.library + offset) }
        memory.put([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1], at: Self.library)
        put(UInt64(64), 32)
        put(UInt16(56), 54)
        put(UInt16(3), 56)
        let headers: [(type: UInt32, flags: UInt32, address: UInt64, size: UInt64)] = [
            (1, 5, 0x1000, 0x200), (2, 6, 0x200, 0x100), (0x6474_e550, 4, 0x800, 0x80),
        ]
        for (index, header) in headers.enumerated() {
            let place = 64 + UInt64(index) * 56
            put(header.type, place)
            put(header.flags, place + 4)
            put(header.address, place + 16)
            put(header.size, place + 32)
        }
        let dynamic: [(UInt64, UInt64)] = [(5, 0x400), (6, 0x500), (0x6fff_fef5, 0x700), (0, 0)]
        for (index, entry) in dynamic.enumerated() {
            put(entry.0, 0x200 + UInt64(index) * 16)
            put(entry.1, 0x208 + UInt64(index) * 16)
        }
        var text: UInt64 = 1
        for (index, name) in names.enumerated() {
            let symbol = 0x500 + UInt64(index + 1) * 24
            put(UInt32(text), symbol)
            put(UInt32(0x000c_0012), symbol + 4)
            put(Self.functions[index], symbol + 8)
            memory.put(Array(name.utf8) + [0], at: Self.library + 0x400 + text)
            text += UInt64(name.utf8.count) + 1
        }
        // One bucket that begins with symbol 1, and the chain of all, of which the last has its lowest bit set.
        let hashes: [UInt32] = [1, 1, 1, 0, 0, 0, 1] + names.indices.map { $0 == names.count - 1 ? 1 : 0 }
        for (index, word) in hashes.enumerated() { put(word, 0x700 + UInt64(index) * 4) }
        memory.put([1, 0x1b, 3, 0x3b], at: Self.library + 0x800)
        put(UInt32(Self.functions.count), 0x808)
        for (index, function) in Self.functions.enumerated() {
            put(UInt32(function - 0x800), 0x80c + UInt64(index) * 8)
        }
        for way in ways {
            let size = UInt64(way.operation.count)
            memory.put(way.operation, at: Self.library + way.address)
            let end = way.address + size + (way.isShort ? 1 : 4)
            let distance = Int64(way.target) - Int64(end)
            if way.isShort {
                put(Int8(distance), way.address + size)
            } else {
                put(Int32(distance), way.address + size)
            }
        }
        for (index, word) in [UInt32(0), 1, 0, 0].enumerated() {
            memory.put(word, at: Self.semaphore + UInt64(index) * 4)
        }
        let call = SystemCall(number: 202, arguments: [Self.semaphore, HandProcess.waitBitset, 0, 0, 0, 0xffff_ffff])
        let thread = Thread(id: ThreadID(100), state: .sleeping, systemCall: call)
        let libc = Module(
            path: "/lib/libc.so.6", start: Address(Self.library), end: Address(Self.library + 0x2000),
            loadBias: Self.library, content: .unavailable(reason: "by hand"))
        let image = ProcessImage(
            process: ProcessInfo(id: ProcessID(100), source: .live), threads: [ThreadImage(thread: thread)],
            modules: [libc], memory: memory)
        var decoder = SyncDecoder(image: image, descriptors: nil, dataSymbol: { _ in nil })
        return decoder.decode(
            thread: thread,
            stack: [
                SyncFrame(functions: [], pc: Address(Self.library + pc), moduleName: "libc.so.6"),
                SyncFrame(functions: ["work"], pc: Address(Self.program), moduleName: "program"),
            ])
    }

    private static let names = ["sem_wait", "sem_timedwait", "qsort"]
    private static let tailCall = Way(address: first + 8, operation: [0xe9], target: slow)

    @Test("each kind of call and jump leads there")
    func ways() {
        let (slow, middle) = (Self.slow, Self.middle)
        let ways: [[Way]] = [
            [Self.tailCall],
            [Way(address: Self.first + 8, operation: [0xe8], target: slow)],
            [Way(address: Self.first + 8, operation: [0x0f, 0x84], target: slow)],
            [
                Way(address: middle + 4, operation: [0xeb], target: slow, isShort: true),
                Way(address: Self.second + 4, operation: [0xe8], target: middle),
            ],
            [
                Self.tailCall, Way(address: middle + 4, operation: [0x75], target: slow, isShort: true),
                Way(address: Self.second + 4, operation: [0xe8], target: middle),
            ],
        ]
        for ways in ways { #expect(wait(names: Self.names, ways: ways)?.kind == .semaphore, "\(ways)") }
    }

    @Test("one way from elsewhere takes the meaning away")
    func otherWays() {
        let foreign = Way(address: Self.third + 8, operation: [0xe8], target: Self.slow)
        #expect(wait(names: Self.names, ways: [Self.tailCall, foreign])?.kind == .futex)
        // The same, now that the third is a semaphore's, too.
        #expect(
            wait(names: ["sem_wait", "sem_timedwait", "sem_clockwait"], ways: [Self.tailCall, foreign])?.kind
                == .semaphore)
        #expect(
            wait(names: ["sem_wait", "sem_timedwait", "pthread_join"], ways: [Self.tailCall, foreign])?.kind == .futex)
        // From an unnamed function that nobody calls directly.
        let uncalled = Way(address: Self.middle + 4, operation: [0xe9], target: Self.slow)
        #expect(wait(names: Self.names, ways: [Self.tailCall, uncalled])?.kind == .futex)
        // Into the function, not to its start.
        let inside = Way(address: Self.first + 8, operation: [0xe9], target: Self.slow + 4)
        #expect(wait(names: Self.names, ways: [inside])?.kind == .futex)
        #expect(wait(names: Self.names, ways: [])?.kind == .futex)
    }

    @Test("functions that call each other have the meaning of who calls them")
    func circles() {
        let ways = [
            Way(address: Self.middle + 4, operation: [0xe9], target: Self.slow),
            Way(address: Self.slow + 4, operation: [0xe9], target: Self.middle),
        ]
        #expect(wait(names: Self.names, ways: ways + [Self.tailCall])?.kind == .semaphore)
        #expect(wait(names: Self.names, ways: ways)?.kind == .futex)
    }
}
