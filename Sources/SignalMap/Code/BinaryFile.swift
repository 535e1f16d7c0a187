import DebugInfo
import ProcessModel

/// An ELF file as its linker left it: code by address, names, and what the dynamic linker will put where.
///
/// Addresses are the file's own. Everything is read once, when it is made; what is damaged stands in `gaps`.
final class BinaryFile {
    struct Symbol: Hashable {
        var name: String
        var address: UInt64
        /// 0 where the table says nothing.
        var size: UInt64
        /// STT_FUNC or STT_GNU_IFUNC.
        var isFunction: Bool
        /// STT_GNU_IFUNC: the dynamic linker calls it to learn which function is meant.
        var isResolver: Bool
        /// Other modules can see it, and may put their own in its place.
        var isDynamic: Bool
    }

    /// What the dynamic linker writes into a word.
    enum Pointer: Hashable {
        /// An address of this file.
        case local(UInt64)
        /// The address of a symbol that some module defines, plus a constant.
        case symbol(String, UInt64)
        /// What a resolver at this address returns.
        case resolved(UInt64)
    }

    let file: ObjectFile
    var path: String { file.path }
    var buildID: BuildID? { file.buildID }
    /// By address.
    private(set) var symbols: [Symbol] = []
    /// By the address of the word.
    private(set) var pointers: [UInt64: Pointer] = [:]
    /// Exported functions and objects.
    private(set) var exports: [String: UInt64] = [:]
    let sections: [ObjectFile.Section]
    let segments: [ObjectFile.Segment]
    /// Exported symbols whose function a resolver chooses (STT_GNU_IFUNC), with the resolver: calling the name does not
    /// call it.
    private(set) var resolvers: [String: UInt64] = [:]
    /// Executable sections, by address.
    private(set) var code: [ObjectFile.Section] = []
    /// Global offset tables.
    private let offsetTables: [ObjectFile.Section]
    private(set) var unwind: UnwindRanges?
    private(set) var gaps: [Gap] = []

    /// Opens a file. Throws `.unreadable` for what is no ELF file of x86-64, `.noCode` for one without instructions.
    convenience init(path: String) throws(SignalMapError) {
        do throws(DebugInfoError) {
            try self.init(try ObjectFile(path: path))
        } catch {
            throw SignalMapError(error, path: path)
        }
    }

    init(_ file: ObjectFile) throws(DebugInfoError) {
        self.file = file
        let loaded = LoadedSections(file)
        sections = loaded.sections
        segments = loaded.segments
        offsetTables = sections.filter { $0.name.hasPrefix(".got") }
        code = sections.filter { $0.isExecutable && !$0.hasNoBytes && $0.size > 0 }.sorted {
            $0.address < $1.address
        }
        readSymbols()
        readRelocations()
        for problem in loaded.problems { note(problem.operation, problem.reason) }
        readUnwindTable(loaded)
        for (name, reason) in file.unreadableSections { note("read section \(name)", reason) }
    }

    private func note(_ operation: String, _ reason: String) {
        gaps.append(Gap(.file(path), operation: operation, reason: reason))
    }

    private func readUnwindTable(_ loaded: LoadedSections) {
        let section =
            loaded.isByHeaders ? file.section(named: ".eh_frame") : LoadedSections.unwindTable(segments, file)
        guard let section, let bytes = file.rawBytes(of: section) else { return }
        let ranges = UnwindRanges(bytes, address: section.address, isBounded: loaded.isByHeaders)
        unwind = ranges
        if ranges.damaged > 0 { note("read .eh_frame", "\(ranges.damaged) entries are damaged") }
    }

    /// The bytes of code or read-only data at an address, to the end of their section; nil where the file has none.
    func bytes(at address: UInt64) -> UnsafeRawBufferPointer? {
        guard
            let segment = segments.first(where: {
                $0.type == ObjectFile.Segment.load && address >= $0.address && address - $0.address < $0.fileSize
            })
        else { return nil }
        let offset = segment.offset &+ (address - segment.address)
        guard offset < UInt64(file.bytes.count) else { return nil }
        let count = min(segment.fileSize - (address - segment.address), UInt64(file.bytes.count) - offset)
        return file.bytes.part(at: offset, count: count)
    }

    /// Whether the program never writes there, so that what the file holds is what stays.
    func isReadOnly(_ address: UInt64) -> Bool {
        // PF_W
        segments.contains {
            $0.type == ObjectFile.Segment.load && $0.flags & 2 == 0 && address >= $0.address
                && address - $0.address < $0.memorySize
        }
    }

    /// A word of a global offset table: written by the dynamic linker alone.
    func isOffsetTable(_ address: UInt64) -> Bool {
        offsetTables.contains { address >= $0.address && address - $0.address < $0.size }
    }

    func isCode(_ address: UInt64) -> Bool {
        code.contains { address >= $0.address && address - $0.address < $0.size }
    }

    // MARK: Symbols

    private func readSymbols() {
        var seen: Set<Symbol> = []
        func add(_ table: SymbolTable, isDynamic: Bool) {
            for index in 0..<table.count {
                var entry = ByteReader(table.entries, at: index * 24)
                _ = entry.u32()
                let info = entry.u8()
                _ = entry.u8()
                let section = entry.u16()
                let value = entry.u64()
                let size = entry.u64()
                let type = info & 15
                // Undefined, absolute and common ones are no addresses; of the rest functions and objects count.
                guard section != 0, section < 0xff00 || section == 0xffff, type <= 2 || type == 10, value != 0,
                    let name = table.name(at: UInt64(index))
                else { continue }
                let isGlobal = info >> 4 != 0
                let symbol = Symbol(
                    name: Self.withoutVersion(name), address: value, size: size, isFunction: type == 2 || type == 10,
                    isResolver: type == 10, isDynamic: isDynamic && isGlobal)
                if symbol.isDynamic, symbol.isResolver {
                    resolvers[symbol.name] = value
                } else if symbol.isDynamic, exports[symbol.name] == nil {
                    exports[symbol.name] = value
                }
                if seen.insert(symbol).inserted { symbols.append(symbol) }
            }
        }
        if let table = file.dynamicSymbols() { add(table, isDynamic: true) }
        if let table = file.symbolTable(named: ".symtab") { add(table, isDynamic: false) }
        symbols.sort { ($0.address, $0.name) < ($1.address, $1.name) }
    }

    private static func withoutVersion(_ name: String) -> String {
        name.firstIndex(of: "@").map { String(name[..<$0]) } ?? name
    }

    // MARK: Relocations

    private func readRelocations() {
        let table = file.dynamicSymbols()
        for section in sections where section.type == 4 && section.flags & 2 != 0 {
            // SHT_RELA that is loaded (SHF_ALLOC)
            guard let bytes = file.rawBytes(of: section) else { continue }
            var reader = ByteReader(bytes)
            while reader.remaining >= 24 {
                let place = reader.u64()
                let info = reader.u64()
                let addend = reader.u64()
                if let pointer = pointer(type: UInt32(truncatingIfNeeded: info), info >> 32, addend, table) {
                    pointers[place] = pointer
                }
            }
        }
        // SHT_RELR: relative ones, packed as addresses and bitmaps of the words behind them (gABI, "Relative
        // Relocation Table").
        for section in sections where section.type == 19 {
            guard let bytes = file.rawBytes(of: section) else { continue }
            readPacked(bytes)
        }
    }

    private func readPacked(_ bytes: UnsafeRawBufferPointer) {
        var reader = ByteReader(bytes)
        var next: UInt64 = 0
        // Each word that is relocated lies in the file, once.
        let most = file.bytes.count / 8
        func add(_ place: UInt64) {
            guard pointers.count < most, let part = self.bytes(at: place), part.count >= 8 else { return }
            pointers[place] = .local(UInt64(littleEndian: part.loadUnaligned(as: UInt64.self)))
        }
        while reader.remaining >= 8 {
            let word = reader.u64()
            if word & 1 == 0 {
                add(word)
                next = word &+ 8
                continue
            }
            for bit in 0..<63 where word >> UInt64(bit + 1) & 1 != 0 { add(next &+ UInt64(bit) &* 8) }
            next = next &+ 63 &* 8
        }
    }

    /// What a relocation puts there (psABI AMD64, table 4.10); nil of those that are no pointers.
    private func pointer(_ name: String, _ addend: UInt64) -> Pointer { .symbol(Self.withoutVersion(name), addend) }

    private func pointer(type: UInt32, _ symbol: UInt64, _ addend: UInt64, _ table: SymbolTable?) -> Pointer? {
        switch type {
        // R_X86_64_64, R_X86_64_GLOB_DAT, R_X86_64_JUMP_SLOT
        case 1, 6, 7: return table?.name(at: symbol).map { pointer($0, type == 1 ? addend : 0) }
        // R_X86_64_RELATIVE
        case 8: return .local(addend)
        // R_X86_64_IRELATIVE
        case 37: return .resolved(addend)
        default: return nil
        }
    }
}
