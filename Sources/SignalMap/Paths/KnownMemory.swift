import DebugInfo

/// What the words of a binary hold for good, and what an address of it is. Only read after it was made.
struct KnownMemory {
    /// What a fixed address is.
    enum Part {
        case code
        /// The program never writes there, at least once the dynamic linker is done.
        case constant
        case variable
        case outside
    }

    /// What a word that is never written holds.
    enum Word {
        case number(Int64)
        case address(UInt64)
        case symbol(String, Int64)
        case threadLocal(ThreadLocalWords.Word)
    }

    private struct Stretch {
        var start: UInt64
        var size: UInt64
        func holds(_ address: UInt64) -> Bool { address >= start && address &- start < size }
    }

    let binary: BinaryFile
    /// Linked to fixed addresses (ET_EXEC): plain numbers may be addresses.
    let isFixed: Bool
    let threadLocals: ThreadLocalWords
    /// The binary uses functions that return twice.
    let hasSecondReturns: Bool

    /// setjmp(3), getcontext(3), vfork(2), and what headers of glibc make of their names (2.36, setjmp/setjmp.h).
    static let returningTwice: Set<String> = [
        "setjmp", "_setjmp", "sigsetjmp", "__sigsetjmp", "getcontext", "vfork", "__vfork",
    ]
    private let code: [Stretch]
    private let readOnly: [Stretch]
    private let relocatedOnly: [Stretch]
    private let loaded: [Stretch]
    private let lowest: UInt64
    private let highest: UInt64

    init(_ binary: BinaryFile) {
        self.binary = binary
        // e_type (gABI, "ELF Header")
        var header = ByteReader(binary.file.bytes, at: min(16, binary.file.bytes.count))
        isFixed = header.u16() == 2
        threadLocals = ThreadLocalWords(binary)
        hasSecondReturns = binary.pointers.values.contains {
            if case .symbol(let name, _) = $0 { Self.returningTwice.contains(name) } else { false }
        }
        code = binary.code.map { Stretch(start: $0.address, size: $0.size) }
        let segments = binary.segments.filter { $0.type == ObjectFile.Segment.load && $0.memorySize > 0 }
        loaded = segments.map { Stretch(start: $0.address, size: $0.memorySize) }
        // PF_W
        readOnly = segments.filter { $0.flags & 2 == 0 }.map { Stretch(start: $0.address, size: $0.memorySize) }
        // PT_GNU_RELRO; and without it the tables that compilers only read.
        var relocated = binary.segments.filter { $0.type == 0x6474_e552 }.map {
            Stretch(start: $0.address, size: $0.memorySize)
        }
        for section in binary.sections
        where section.flags & 2 != 0
            && (section.name.hasPrefix(".got") || section.name.hasPrefix(".data.rel.ro")
                || section.name == ".init_array" || section.name == ".fini_array")
        {
            relocated.append(Stretch(start: section.address, size: section.size))
        }
        relocatedOnly = relocated
        lowest = loaded.map(\.start).min() ?? 0
        highest = loaded.map { $0.start &+ $0.size }.max() ?? 0
    }

    func part(_ address: UInt64) -> Part {
        guard address >= lowest, address < highest else { return .outside }
        if code.contains(where: { $0.holds(address) }) { return .code }
        if isConstant(address) { return .constant }
        return loaded.contains { $0.holds(address) } ? .variable : .outside
    }

    func isCode(_ address: UInt64) -> Bool {
        address >= lowest && address < highest && code.contains { $0.holds(address) }
    }

    /// Never written, or by the dynamic linker alone.
    func isConstant(_ address: UInt64) -> Bool {
        readOnly.contains { $0.holds(address) } || relocatedOnly.contains { $0.holds(address) }
    }

    /// A table that the dynamic linker fills: of virtual functions, of operations.
    func isTable(_ address: UInt64) -> Bool {
        address >= lowest && address < highest && relocatedOnly.contains { $0.holds(address) }
    }

    /// A number in code that is not position-independent is an address where it lies in the binary.
    func isAddress(_ number: Int64) -> Bool {
        guard isFixed else { return false }
        let address = UInt64(bitPattern: number)
        return address >= lowest && address < highest && loaded.contains { $0.holds(address) }
    }

    /// What the `width` bytes at an address hold for good; nil where they may change, or where that is not known.
    func word(at address: UInt64, width: Int, isSigned: Bool) -> Word? {
        guard address >= lowest, address < highest, isConstant(address) else { return nil }
        if width == 8 {
            if let pointer = binary.pointers[address] {
                switch pointer {
                case .local(let target): return .address(target)
                case .symbol(let name, let addend): return .symbol(name, Int64(bitPattern: addend))
                case .resolved: return nil
                }
            }
            if let word = threadLocals.words[address] { return .threadLocal(word) }
        } else if binary.pointers[address & ~7] != nil {
            return nil
        }
        guard let bytes = binary.bytes(at: address), bytes.count >= width else { return nil }
        switch width {
        case 8:
            let value = Int64(littleEndian: bytes.loadUnaligned(as: Int64.self))
            return isAddress(value) ? .address(UInt64(bitPattern: value)) : .number(value)
        case 4:
            let value = Int32(littleEndian: bytes.loadUnaligned(as: Int32.self))
            return .number(isSigned ? Int64(value) : Int64(UInt32(bitPattern: value)))
        case 2:
            let value = Int16(littleEndian: bytes.loadUnaligned(as: Int16.self))
            return .number(isSigned ? Int64(value) : Int64(UInt16(bitPattern: value)))
        case 1: return .number(isSigned ? Int64(Int8(bitPattern: bytes[0])) : Int64(bytes[0]))
        default: return nil
        }
    }
}
