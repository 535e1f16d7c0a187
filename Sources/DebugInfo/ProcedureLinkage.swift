/// Names for the stubs of procedure linkage tables, "foo@plt": no symbol table names them.
///
/// Each stub jumps through a slot of the global offset table (psABI AMD64, section 5.2), and a relocation names the
/// symbol of that slot. This holds for .plt, .plt.sec (with -fcf-protection) and .plt.got alike, whatever linker laid
/// them out.
final class ProcedureLinkage {
    private struct Table {
        var start: UInt64
        var bytes: UnsafeRawBufferPointer
        var stubSize: UInt64
    }

    private let file: ObjectFile
    private var tables: [Table] = []
    /// By slot. A library may have a hundred thousand relocations, and few addresses lie in a table.
    private lazy var names: [UInt64: String] = readNames()

    /// Finds the tables of a file, not of its separate debug file, which holds none of the bytes.
    init(_ file: ObjectFile) {
        self.file = file
        for (name, fallback) in [(".plt", 16), (".plt.sec", 16), (".plt.got", 8)] as [(String, UInt64)] {
            guard let section = file.section(named: name), let bytes = file.rawBytes(of: section) else { continue }
            let size = section.entrySize == 8 || section.entrySize == 16 ? section.entrySize : fallback
            tables.append(Table(start: section.address, bytes: bytes, stubSize: size))
        }
    }

    private func readNames() -> [UInt64: String] {
        var names: [UInt64: String] = [:]
        guard let symbols = file.dynamicSymbols() else { return names }
        for name in [".rela.plt", ".rela.dyn"] {
            guard let bytes = file.contents(of: name) else { continue }
            var reader = ByteReader(bytes)
            while reader.remaining >= 24 {
                let slot = reader.u64()
                let info = reader.u64()
                _ = reader.u64()
                // R_X86_64_GLOB_DAT, R_X86_64_JUMP_SLOT
                guard info & 0xffff_ffff == 6 || info & 0xffff_ffff == 7 else { continue }
                if let name = symbols.name(at: info >> 32) { names[slot] = name }
            }
        }
        return names
    }

    /// The name of the stub that holds `address`, and where it starts.
    func stub(at address: UInt64) -> SymbolTable.Match? {
        for table in tables {
            let distance = address &- table.start
            guard address >= table.start, distance < UInt64(table.bytes.count) else { continue }
            let offset = distance - distance % table.stubSize
            guard let slot = slot(table, at: offset), let name = names[slot] else { return nil }
            let plain = name.firstIndex(of: "@").map { String(name[..<$0]) } ?? name
            return SymbolTable.Match(name: plain + "@plt", start: table.start + offset)
        }
        return nil
    }

    /// The slot that the stub's `jmp *slot(%rip)` reads, behind an optional endbr64 and bnd prefix.
    private func slot(_ table: Table, at offset: UInt64) -> UInt64? {
        guard let stub = table.bytes.part(at: offset, count: table.stubSize) else { return nil }
        var position = 0
        if stub.starts(with: [0xf3, 0x0f, 0x1e, 0xfa]) { position = 4 }
        if position < stub.count, stub[position] == 0xf2 { position += 1 }
        guard position + 6 <= stub.count, stub[position] == 0xff, stub[position + 1] == 0x25 else { return nil }
        let displacement = Int32(littleEndian: stub.loadUnaligned(fromByteOffset: position + 2, as: Int32.self))
        return table.start &+ offset &+ UInt64(position) &+ 6 &+ UInt64(bitPattern: Int64(displacement))
    }
}
