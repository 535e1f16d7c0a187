import Glibc
import ProcessModel

/// Why bytes are not an ELF image that can be used.
enum ElfProblem: Error, Hashable, Sendable {
    /// Fewer bytes than an ELF header, or not its magic number.
    case notELF
    case unsupported(Architecture)
    /// In words that follow the name of the file: "has program headers of 12 bytes".
    case malformed(String)
}

/// One program header (Elf64_Phdr in the System V gABI, chapter 5). Nothing in it has been checked.
struct ElfSegment: Hashable, Sendable {
    static let size = 56

    var type: UInt32
    var flags: UInt32
    var offset: UInt64
    var address: UInt64
    var fileSize: UInt64
    var memorySize: UInt64
    var alignment: UInt64

    var isLoad: Bool { type == UInt32(PT_LOAD) }
    var isExecutable: Bool { flags & 1 != 0 }

    /// The program header at `offset`, nil when the bytes end before it does.
    init?(_ bytes: RawSpan, at offset: Int) {
        guard bytes.holds(offset, count: Self.size) else { return nil }
        func field<Value: FixedWidthInteger & BitwiseCopyable>(_ delta: Int) -> Value {
            bytes.integer(at: offset + delta) ?? 0
        }
        type = field(0)
        flags = field(4)
        self.offset = field(8)
        address = field(16)
        fileSize = field(32)
        memorySize = field(40)
        alignment = field(48)
    }
}

/// The ELF header (Elf64_Ehdr in the System V gABI, chapter 4) of a little-endian x86-64 object.
struct ElfHeader: Hashable, Sendable {
    static let size = 64

    /// ET_EXEC, ET_DYN, ET_CORE, …
    var type: UInt16
    var entry: UInt64
    var programHeaderOffset: UInt64
    /// e_phnum: PN_XNUM (0xffff) says that the count stands in section header 0.
    var programHeaderCount: UInt16
    var sectionHeaderOffset: UInt64

    /// - Throws: `notELF` for other bytes; `unsupported` for another machine, class or byte order, which it names;
    ///   `malformed` when the sizes of its tables are not those of the ABI.
    init(_ bytes: RawSpan) throws(ElfProblem) {
        guard bytes.integer(at: 0, as: UInt32.self) == 0x464c_457f, let machine = bytes.integer(at: 18, as: UInt16.self)
        else { throw .notELF }
        let is64Bit = bytes.integer(at: 4, as: UInt8.self) == UInt8(ELFCLASS64)
        let isLittleEndian = bytes.integer(at: 5, as: UInt8.self) == UInt8(ELFDATA2LSB)
        guard is64Bit, isLittleEndian, machine == UInt16(EM_X86_64) else {
            throw .unsupported(
                .unsupported(machine: isLittleEndian ? machine : machine.byteSwapped, is64Bit: is64Bit))
        }
        guard let type = bytes.integer(at: 16, as: UInt16.self), let entry = bytes.integer(at: 24, as: UInt64.self),
            let programHeaderOffset = bytes.integer(at: 32, as: UInt64.self),
            let sectionHeaderOffset = bytes.integer(at: 40, as: UInt64.self),
            let entrySize = bytes.integer(at: 54, as: UInt16.self),
            let count = bytes.integer(at: 56, as: UInt16.self), bytes.holds(0, count: Self.size)
        else { throw .notELF }
        guard count == 0 || entrySize == UInt16(ElfSegment.size) else {
            throw .malformed("has program headers of \(entrySize) bytes where the ABI says \(ElfSegment.size)")
        }
        self.type = type
        self.entry = entry
        self.programHeaderOffset = programHeaderOffset
        self.programHeaderCount = count
        self.sectionHeaderOffset = sectionHeaderOffset
    }
}

/// Header and program headers of an executable or a shared object, from a file or from memory.
struct ElfImage {
    /// Copies bytes from an offset of the image on and returns how many were there.
    typealias Reader = (_ offset: UInt64, _ buffer: UnsafeMutableRawBufferPointer) -> Int

    /// Program headers of one image beyond this number are taken for damage; linkers write about a dozen.
    static let segmentLimit = 128
    /// Linkers put header, program headers and the build id here, so one read does for most images.
    static let headSize = 4096

    var header: ElfHeader
    var segments: [ElfSegment]
    /// The first bytes, as many as there are of `headSize`.
    var head: [UInt8]

    /// Reads the head of an image.
    ///
    /// - Throws: as `ElfHeader`, and `malformed` for an object file or a core, or when the program headers cannot be read.
    init(read: Reader) throws(ElfProblem) {
        let head = Self.bytes(0, count: Self.headSize, from: read)
        let header = try ElfHeader(head.span.bytes)
        guard header.type == UInt16(ET_EXEC) || header.type == UInt16(ET_DYN) else {
            throw .malformed("is neither an executable nor a shared object")
        }
        let count = Int(header.programHeaderCount)
        guard count <= Self.segmentLimit else { throw .malformed("has \(count) program headers") }
        let size = count * ElfSegment.size
        var table = head
        var start = Int(exactly: header.programHeaderOffset) ?? Int.max
        if !head.span.bytes.holds(start, count: size) {
            table = Self.bytes(header.programHeaderOffset, count: size, from: read)
            start = 0
        }
        let bytes = table.span.bytes
        guard bytes.holds(start, count: size) else { throw .malformed("ends before its program headers do") }
        segments = []
        segments.reserveCapacity(count)
        for index in 0..<count {
            if let segment = ElfSegment(bytes, at: start + index * ElfSegment.size) { segments.append(segment) }
        }
        self.header = header
        self.head = head
    }

    /// The image that a file holds.
    init(file: ReadOnlyFile) throws(ElfProblem) {
        try self.init { file.read(at: $0, into: $1) }
    }

    /// The image whose first byte is at `start` in memory.
    init(memory: any MemorySource, start: Address) throws(ElfProblem) {
        try self.init { memory.read(start + $0, into: $1) }
    }

    static func bytes(_ offset: UInt64, count: Int, from read: Reader) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            let space = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count)
            initialized = min(max(read(offset, space), 0), count)
        }
    }

    var loads: [ElfSegment] { segments.filter(\.isLoad) }
    var hasInterpreter: Bool { segments.contains { $0.type == UInt32(PT_INTERP) } }
}
