import ProcessModel
import Testing

@testable import LinuxProcess

/// Cores laid out by hand: what the format says, and headers that lie.
@Suite struct CoreMalformedTests {
    typealias Core = HandLaidCore

    func image(_ core: Core) throws -> ProcessImage { try CoreFile(bytes: core.bytes).image() }

    func error(_ core: Core) -> LinuxProcessError? {
        do throws(LinuxProcessError) {
            _ = try CoreFile(bytes: core.bytes).image()
            return nil
        } catch {
            return error
        }
    }

    static let stack = [UInt8](repeating: 0x5a, count: 4096)

    @Test func theSmallestCore() throws {
        var core = Core()
        core.segments = [
            Core.notes(
                Core.status(
                    7, signal: 11, stackPointer: 0x7000, pc: 0x1234, systemCall: 202, result: -512,
                    arguments: [1, 2, 3, 4, 5, 6], threadPointer: 0x7700),
                Core.note("LINUX", 0x202, [UInt8](repeating: 1, count: 100)),
                Core.note(
                    "CORE", 0x5349_4749,
                    Core.little(Int32(11)) + Core.little(Int32(0)) + Core.little(Int32(1)) + Core.little(Int32(0))
                        + Core.little(UInt64(0xdead)) + [UInt8](repeating: 0, count: 104)),
                Core.status(8, stackPointer: 0x9000, systemCall: -1)),
            Core.load(0x7000, Self.stack),
        ]
        let image = try image(core)
        #expect(image.threads.map(\.thread.id.rawValue) == [7, 8])
        #expect(
            image.crash
                == Crash(signal: 11, code: 1, faultAddress: Address(0xdead), thread: ThreadID(7)))
        #expect(image.threads[0].thread.systemCall == SystemCall(number: 202, arguments: [1, 2, 3, 4, 5, 6]))
        #expect(image.threads[0].thread.registers.programCounter == Address(0x1234))
        #expect(image.threads[0].threadPointer == Address(0x7700))
        #expect(image.threads[0].stackEnd == Address(0x8000))
        #expect(image.threads[1].thread.systemCall == nil)
        #expect(image.threads[1].stackEnd == nil)
        #expect(image.gaps.map(\.subject) == [.thread(ThreadID(8))])
        #expect(image.memory.bytes(Address(0x7ff8), count: 8) == [UInt8](repeating: 0x5a, count: 8))
        #expect(image.memory.bytes(Address(0x7ff9), count: 8) == nil)
    }

    /// user_regs_struct of <sys/user.h> word by word, against the numbers of the ABI's figure 3.36.
    @Test func everyRegister() throws {
        var descriptor = [UInt8](repeating: 0, count: 336)
        let names = [
            "r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx", "rdx", "rsi", "rdi",
            "orig_rax", "rip", "cs", "eflags", "rsp",
        ]
        for index in names.indices {
            let place = 112 + index * 8
            descriptor.replaceSubrange(place..<place + 8, with: Core.little(UInt64(1000 + index)))
        }
        descriptor.replaceSubrange(32..<36, with: Core.little(Int32(5)))
        var core = Core()
        core.segments = [Core.notes(Core.note("CORE", 1, descriptor)), Core.load(0x7000, Self.stack)]
        let threads = try image(core).threads
        let registers = try #require(threads.first).thread.registers
        for (number, name) in RegisterSet.names.enumerated() {
            let index = try #require(names.firstIndex(of: name))
            #expect(registers[number] == UInt64(1000 + index), "\(name)")
        }
    }

    /// The union behind si_code is an address only when the processor or the kernel raised the signal.
    @Test(
        arguments: [
            (11, 1, Address(0x4_0000_002a), nil), (11, 0, nil, ProcessID(42)), (11, -6, nil, ProcessID(42)),
            (11, 0x80, nil, nil), (6, 1, nil, nil), (7, 2, Address(0x4_0000_002a), nil),
        ] as [(Int32, Int32, Address?, ProcessID?)])
    func signalInformation(_ signal: Int32, _ code: Int32, _ address: Address?, _ sender: ProcessID?) throws {
        let information =
            Core.little(signal) + Core.little(Int32(0)) + Core.little(code) + Core.little(Int32(0))
            + Core.little(UInt64(0x4_0000_002a)) + [UInt8](repeating: 0, count: 104)
        var core = Core()
        core.segments = [
            Core.notes(Core.status(1, signal: Int16(signal)), Core.note("CORE", 0x5349_4749, information))
        ]
        let crash = try image(core).crash
        #expect(
            crash
                == Crash(
                    signal: Int(signal), code: Int(code), faultAddress: address, sender: sender, thread: ThreadID(1)))
    }

    @Test func otherFilesAreNamed() {
        #expect(
            error(Core(elfClass: 1))
                == .unsupportedArchitecture(path: "core", .unsupported(machine: 62, is64Bit: false)))
        #expect(
            error(Core(machine: 183))
                == .unsupportedArchitecture(path: "core", .unsupported(machine: 183, is64Bit: true)))
        #expect(
            error(Core(machine: 0x1600, byteOrder: 2))
                == .unsupportedArchitecture(path: "core", .unsupported(machine: 22, is64Bit: true)))
        #expect(error(Core(type: 2)) == .notACore(path: "core", kind: "is a program or a library"))
        for bytes in [[], Array("hello, world, this is no core at all".utf8), [0x7f, 0x45, 0x4c, 0x46]] as [[UInt8]] {
            #expect(throws: LinuxProcessError.self) { try CoreFile(bytes: bytes) }
        }
    }

    @Test func headersThatLie() throws {
        var core = Core()
        core.segments = [Core.notes(Core.status(1, stackPointer: 0x7000)), Core.load(0x7000, Self.stack)]
        core.count = 60000
        // The bytes of notes and stack are taken for headers, and the thread is still there.
        #expect(try image(core).threads.count == 1)
        #expect(try image(core).gaps.contains { $0.operation == "read the program headers" })
        core.count = nil
        core.entrySize = 32
        #expect(error(core) != nil)
        core = Core()
        #expect(error(core) != nil)
        core.segments = [Core.Segment(type: 4, offset: UInt64.max - 8, fileSize: UInt64.max)]
        #expect(error(core) != nil)
        core.segments = [
            Core.notes(Core.status(1)),
            Core.Segment(type: 1, address: UInt64.max - 4096, offset: 0, fileSize: 8192, memorySize: 8192),
            Core.Segment(
                type: 1, address: 0x1000, offset: UInt64.max, fileSize: UInt64.max, memorySize: UInt64.max - 0x1000),
        ]
        let image = try image(core)
        #expect(image.memory.bytes(Address(0x2000), count: 1) == nil)
        #expect(image.gaps.contains { $0.operation == "read the whole core" })
    }

    /// With 65,535 segments and more the count stands in section header 0.
    @Test func segmentCountInTheSectionHeader() throws {
        var core = Core()
        core.segments = [
            Core.notes(Core.status(1, stackPointer: 0x7000)), Core.load(0x7000, Self.stack),
            Core.load(0x9000, Self.stack),
        ]
        core.count = 0xffff
        core.tail = [UInt8](repeating: 0, count: 44) + Core.little(UInt32(3)) + [UInt8](repeating: 0, count: 16)
        core.sectionOffset = UInt64(core.bytes.count - 64)
        #expect(try image(core).mappings.count == 2)
        #expect(try image(core).gaps == [])
        core.tail = []
        // The section header is lost: the table ends where the first segment begins.
        #expect(try image(core).mappings.count == 2)
        core.sectionOffset = UInt64.max - 3
        #expect(try image(core).mappings.count == 2)
    }

    @Test func overlappingSegments() throws {
        var core = Core()
        core.segments = [
            Core.notes(Core.status(1, stackPointer: 0x7000)),
            Core.load(0x8000, [UInt8](repeating: 2, count: 8192)),
            Core.load(0x7000, [UInt8](repeating: 1, count: 8192)),
            Core.load(0x7800, [UInt8](repeating: 3, count: 16)),
        ]
        let image = try image(core)
        #expect(image.mappings.map(\.start) == [Address(0x7000), Address(0x9000)])
        #expect(image.memory.bytes(Address(0x8fff), count: 2) == [1, 2])
        #expect(image.gaps.contains { $0.operation == "lay out the memory" })
    }

    @Test func notesWithImpossibleSizes() throws {
        for size in [UInt32.max, UInt32.max - 3, 0x7fff_ffff, 4096] {
            var core = Core()
            core.segments = [
                Core.notes(
                    Core.status(1, stackPointer: 0x7000), Core.note("CORE", 1, [1, 2, 3, 4], size: size)),
                Core.load(0x7000, Self.stack),
            ]
            let image = try image(core)
            #expect(image.threads.count == 1)
            #expect(image.gaps.contains { $0.operation == "read all notes" }, "\(size)")
        }
        // A name that claims four gigabytes, and a status of the wrong size.
        var core = Core()
        core.segments = [
            Core.notes(
                Core.status(1), Core.note("CORE", 1, [UInt8](repeating: 0, count: 144)),
                Core.status(1), Core.little(UInt32.max) + Core.little(UInt32.max) + Core.little(UInt32(1)))
        ]
        let image = try image(core)
        #expect(image.threads.count == 1)
        #expect(image.gaps.contains { $0.reason.contains("repeat the id") })
        #expect(image.gaps.contains { $0.reason.contains("not that of x86-64") })
    }

    @Test func fileNoteCountsThatOverflow() throws {
        let entries: [(start: UInt64, end: UInt64, page: UInt64, path: String)] = [
            (0x7000, 0x8000, 2, "/usr/lib/a"), (0x9000, 0xa000, 0, "/tmp/b (deleted)"),
        ]
        var core = Core()
        func mappings(_ note: [UInt8]) throws -> ([Mapping], [Gap]) {
            core.segments = [
                Core.notes(Core.status(1), note), Core.load(0x7000, Self.stack), Core.load(0x9000, Self.stack),
            ]
            let image = try image(core)
            return (image.mappings, image.gaps.filter { $0.operation == "read all file names" })
        }
        let (good, none) = try mappings(Core.files(entries))
        #expect(good.map(\.path) == ["/usr/lib/a", "/tmp/b"])
        #expect(good.map(\.isDeleted) == [false, true])
        #expect(good[0].fileOffset == 8192)
        #expect(none.isEmpty)
        for count in [3, 1000, UInt64.max, UInt64.max / 24, UInt64.max / 24 + 1, 1 << 61] {
            let (_, gaps) = try mappings(Core.files(entries, count: count))
            #expect(gaps.count == 1, "\(count)")
        }
        let (_, gaps) = try mappings(Core.files(entries, pageSize: UInt64.max))
        #expect(gaps.count == 1)
        // No NUL behind the last path.
        let (_, cut) = try mappings(
            Core.note(
                "CORE", 0x4649_4c45, Core.little(UInt64(1)) + Core.little(UInt64(1)) + [UInt8](repeating: 65, count: 28)
            ))
        #expect(cut.count == 1)
    }

    /// A timed wait goes on as restart_syscall after a stop; the code before the pc shows what it was.
    @Test func restartedCall() throws {
        var core = Core()
        // mov $0xca, %eax; syscall
        let code: [UInt8] = [0xb8, 0xca, 0, 0, 0, 0x0f, 0x05, 0x90]
        core.segments = [
            Core.notes(
                Core.status(1, pc: 0x1007, systemCall: 219, result: -516, arguments: [9, 8, 7]),
                Core.status(2, pc: 0x1008, systemCall: 219, result: -516), Core.status(3, systemCall: 0, result: -4),
                Core.status(4, systemCall: 0, result: 17)),
            Core.load(0x1000, code, flags: 5),
        ]
        let threads = try image(core).threads.map(\.thread)
        #expect(threads[0].systemCall == SystemCall(number: 202, arguments: [9, 8, 7, 0, 0, 0]))
        #expect(threads[1].systemCall?.number == 219)
        #expect(threads[2].systemCall?.number == 0)
        #expect(threads[3].systemCall == nil)
        #expect(threads.map(\.state) == [.sleeping, .sleeping, .sleeping, .running])
    }

    /// Many images with many note segments, all made of the same few bytes: the work must not multiply.
    @Test func manyImagesOfTheSameBytes() throws {
        func program(type: UInt32, offset: UInt64, address: UInt64, size: UInt64, flags: UInt32) -> [UInt8] {
            Core.little(type) + Core.little(flags) + Core.little(offset) + Core.little(address) + Core.little(UInt64(0))
                + Core.little(size) + Core.little(size) + Core.little(UInt64(4096))
        }
        var image = Core(type: 3, count: 100).bytes
        image += program(type: 1, offset: 0, address: 0, size: 4096, flags: 5)
        for _ in 1..<100 { image += program(type: 4, offset: 1 << 40, address: 0, size: 60000, flags: 4) }
        image += [UInt8](repeating: 0, count: 60000)
        var core = Core()
        core.segments = [Core.notes(Core.status(1)), Core.load(0x10000, image, flags: 5)]
        let count = 30000
        let start = UInt64(64 + 56 * (count + 2)) + UInt64(core.segments[0].data.count)
        for index in 0..<count {
            core.segments.append(
                Core.Segment(
                    type: 1, flags: 5, address: 0x100_0000 + UInt64(index) << 17, offset: start,
                    fileSize: UInt64(image.count), memorySize: UInt64(image.count)))
        }
        let clock = ContinuousClock()
        let bytes = core.bytes
        var found: ProcessImage?
        let time = try clock.measure { found = try CoreFile(bytes: bytes).image() }
        #expect(time < .seconds(60))
        #expect(found?.mappings.count == count + 1)
        #expect(found?.modules.count == ModuleLayout.anonymousLimit)
        #expect(found?.gaps.contains { $0.operation == "find all modules" } == true)
    }
}
