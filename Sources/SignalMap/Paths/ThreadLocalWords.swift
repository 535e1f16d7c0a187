import DebugInfo

/// Words that the dynamic linker fills with places of thread-local variables (psABI AMD64, table 4.10; "ELF Handling
/// For Thread-Local Storage", section 4.4.6).
struct ThreadLocalWords {
    struct Word: Hashable {
        /// The symbol, where the variable may be another module's; nil: this module's.
        var symbol: String?
        /// In the thread's block of the module, or behind the symbol.
        var offset: Int64
    }

    /// By the address of the word: its distance from the thread pointer (R_X86_64_TPOFF64), or the first word of the
    /// pair that __tls_get_addr is given (R_X86_64_DTPMOD64) or of a descriptor (R_X86_64_TLSDESC).
    private(set) var words: [UInt64: Word] = [:]
    /// Bytes from the start of the executable's own block to the thread pointer; nil where the file is no executable.
    private(set) var size: Int64?

    init(_ binary: BinaryFile) {
        readSize(binary)
        let symbols = binary.file.dynamicSymbols()
        var offsets: [UInt64: Word] = [:]
        var modules: [UInt64: Word] = [:]
        for section in binary.sections where section.type == 4 && section.flags & 2 != 0 {
            guard let bytes = binary.file.rawBytes(of: section) else { continue }
            var reader = ByteReader(bytes)
            while reader.remaining >= 24 {
                let place = reader.u64()
                let info = reader.u64()
                let addend = Int64(bitPattern: reader.u64())
                switch UInt32(truncatingIfNeeded: info) {
                case 16: modules[place] = Self.word(info >> 32, addend, symbols)
                case 17: offsets[place] = Self.word(info >> 32, addend, symbols)
                case 18, 36: words[place] = Self.word(info >> 32, addend, symbols)
                default: break
                }
            }
        }
        for (place, module) in modules {
            // A module's own variables have their offset in the file, or 0 where only the block is asked for.
            if let offset = offsets[place &+ 8] {
                words[place] = offset
            } else if module.symbol == nil, let bytes = binary.bytes(at: place &+ 8), bytes.count >= 8 {
                words[place] = Word(offset: Int64(littleEndian: bytes.loadUnaligned(as: Int64.self)))
            }
        }
    }

    private static func word(_ symbol: UInt64, _ addend: Int64, _ table: SymbolTable?) -> Word? {
        if symbol == 0 { return Word(offset: addend) }
        guard let table, symbol < UInt64(table.count) else { return nil }
        var entry = ByteReader(table.entries, at: Int(symbol) * 24)
        _ = entry.u32()
        _ = entry.u16()
        let section = entry.u16()
        let value = Int64(bitPattern: entry.u64())
        if section != 0 { return Word(offset: value &+ addend) }
        return table.name(at: symbol).map { name in
            Word(symbol: name.firstIndex(of: "@").map { String(name[..<$0]) } ?? name, offset: addend)
        }
    }

    /// An executable's block ends at the thread pointer, its start aligned as PT_TLS says.
    private mutating func readSize(_ binary: BinaryFile) {
        let bytes = binary.file.bytes
        guard bytes.count >= 64 else { return }
        var header = ByteReader(bytes, at: 16)
        let isFixed = header.u16() == 2
        // PT_INTERP
        guard isFixed || binary.segments.contains(where: { $0.type == 3 }) else { return }
        var offsets = ByteReader(bytes, at: 32)
        let table = offsets.u64()
        var counts = ByteReader(bytes, at: 54)
        let entrySize = UInt64(counts.u16())
        let count = UInt64(counts.u16())
        guard entrySize == 56 else { return }
        for index in 0..<count {
            guard let part = bytes.part(at: table &+ index &* 56, count: 56) else { return }
            var entry = ByteReader(part)
            // PT_TLS
            guard entry.u32() == 7 else { continue }
            var sizes = ByteReader(part, at: 40)
            let size = sizes.u64()
            let alignment = max(sizes.u64(), 1)
            guard size < 1 << 40, alignment < 1 << 30 else { return }
            self.size = Int64((size + alignment - 1) / alignment * alignment)
            return
        }
    }
}
