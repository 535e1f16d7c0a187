/// One ELF symbol table with its strings, and whose code it names.
///
/// It is not sorted: the few addresses that are asked for are, and one pass over the table answers them all. That
/// needs no memory and costs 2 to 4 ns a symbol.
package struct SymbolTable {
    struct Match {
        /// Raw, with a version if the table has one ("pthread_cond_wait@@GLIBC_2.3.2").
        var name: String
        /// The symbol's value, by the file's own addresses.
        var start: UInt64
    }

    /// What the symbols may stand for.
    enum Kind {
        /// FUNC, GNU_IFUNC, and untyped symbols of executable sections.
        case code
        /// OBJECT, and untyped symbols of other sections.
        case data
    }

    /// Entries of 24 bytes (ELF-64 object file format, figure 6), as many as `entries` holds.
    package let entries: UnsafeRawBufferPointer
    package let strings: UnsafeRawBufferPointer
    /// By section number: whether it is executable. Empty when there are no section headers.
    let executableSections: [Bool]

    package var count: Int { entries.count / 24 }

    private struct Candidate {
        var index: Int32 = -1
        var rank: UInt8 = .max
        var start: UInt64 = 0
        var end: UInt64 = 0
    }

    /// The symbol of each of `addresses`, which are sorted, nil where none is.
    ///
    /// A symbol with a size that holds the address comes first, the one that starts last among several. Of symbols
    /// at one start: global before weak before local (as libdwfl and gdb choose), functions before untyped ones, the
    /// first in the table among equals. Without such a symbol, the last one without a size before the address, if no
    /// symbol with a size ended in between.
    func lookup(_ addresses: [UInt64], kind: Kind) -> [Match?] {
        guard let last = addresses.last else { return [] }
        var holding = [Candidate](repeating: Candidate(), count: addresses.count)
        // Of symbols whose first address asked for is this one; both are carried on to the next addresses below.
        var sizeless = holding
        var highestEnd = [UInt64](repeating: 0, count: addresses.count)
        // Overlapping symbols of a hostile table could name each address once a symbol: bounded.
        var budget = 64 * (count + addresses.count) + 4096
        let base = entries.baseAddress
        for index in 0..<min(count, Int(Int32.max)) {
            guard let entry = base?.advanced(by: index * 24) else { break }
            let start = UInt64(littleEndian: entry.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            if start > last { continue }
            guard let rank = rank(of: entry, kind: kind) else { continue }
            let size = UInt64(littleEndian: entry.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
            let first = Self.lowerBound(addresses, start)
            guard first < addresses.count else { continue }
            let (end, overflow) = start.addingReportingOverflow(size)
            if size == 0 {
                let old = sizeless[first]
                if old.index < 0 || start > old.start || (start == old.start && rank < old.rank) {
                    sizeless[first] = Candidate(index: Int32(index), rank: rank, start: start, end: start)
                }
                continue
            }
            if !overflow { highestEnd[first] = max(highestEnd[first], end) }
            var position = first
            while position < addresses.count, overflow || addresses[position] < end, budget > 0 {
                let old = holding[position]
                if old.index < 0 || start > old.start || (start == old.start && rank < old.rank) {
                    holding[position] = Candidate(index: Int32(index), rank: rank, start: start, end: end)
                }
                position += 1
                budget -= 1
            }
        }
        var nearest = Candidate()
        var end: UInt64 = 0
        return addresses.indices.map { index in
            let candidate = sizeless[index]
            if candidate.index >= 0, nearest.index < 0 || candidate.start >= nearest.start { nearest = candidate }
            end = max(end, highestEnd[index])
            if holding[index].index >= 0 { return match(holding[index]) }
            return nearest.index >= 0 && end <= nearest.start ? match(nearest) : nil
        }
    }

    /// Lower is better; nil for a symbol that is not of `kind`.
    @inline(__always)
    private func rank(of entry: UnsafeRawPointer, kind: Kind) -> UInt8? {
        let info = entry.load(fromByteOffset: 4, as: UInt8.self)
        let section = Int(UInt16(littleEndian: entry.loadUnaligned(fromByteOffset: 6, as: UInt16.self)))
        // SHN_UNDEF is another object's, SHN_ABS and SHN_COMMON are no addresses.
        if section == 0 || section == 0xfff1 || section == 0xfff2 { return nil }
        let type = info & 15
        let isCode: Bool
        switch type {
        case 2, 10: isCode = true
        case 1: isCode = false
        case 0:
            // SHN_XINDEX and tables without section headers: taken for code, as most untyped symbols are.
            isCode = executableSections.indices.contains(section) ? executableSections[section] : true
        default: return nil
        }
        guard isCode == (kind == .code) else { return nil }
        let binding: UInt8 =
            switch info >> 4 {
            case 1, 10: 0
            case 2: 1
            default: 2
            }
        return binding * 2 + (type == 0 ? 1 : 0)
    }

    private func match(_ candidate: Candidate) -> Match? {
        guard let entry = entries.baseAddress?.advanced(by: Int(candidate.index) * 24) else { return nil }
        let name = UInt64(UInt32(littleEndian: entry.loadUnaligned(as: UInt32.self)))
        guard let text = strings.cString(at: name), !text.isEmpty else { return nil }
        return Match(name: String(text), start: candidate.start)
    }

    /// The name of entry `index`, nil beyond the end or when empty.
    package func name(at index: UInt64) -> String? {
        guard index < UInt64(count), let entry = entries.baseAddress?.advanced(by: Int(index) * 24) else { return nil }
        let name = UInt64(UInt32(littleEndian: entry.loadUnaligned(as: UInt32.self)))
        guard let text = strings.cString(at: name), !text.isEmpty else { return nil }
        return String(text)
    }

    /// The index of the first element that is not below `value`.
    @inline(__always)
    static func lowerBound<Sorted: RandomAccessCollection, Value: Comparable>(
        _ sorted: Sorted, _ value: Value
    ) -> Int where Sorted.Index == Int, Sorted.Element == Value {
        var low = sorted.startIndex
        var high = sorted.endIndex
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension ObjectFile {
    /// The table in the section of that name (.symtab, .dynsym), nil when there is none with contents.
    package func symbolTable(named name: String) -> SymbolTable? {
        guard let section = section(named: name), section.entrySize == 24, let entries = contents(of: name),
            sections.indices.contains(section.link), let strings = contents(ofSection: section.link)
        else { return nil }
        return SymbolTable(entries: entries, strings: strings, executableSections: sections.map(\.isExecutable))
    }

    /// The dynamic symbols, by the section or, without section headers, by the dynamic segment.
    ///
    /// `loadBias`: in an image of a loaded module the dynamic loader may have relocated the segment's addresses
    /// (glibc does: elf/get-dynamic-info.h, ADJUST_DYN_INFO).
    package func dynamicSymbols(loadBias: UInt64 = 0) -> SymbolTable? {
        if let table = symbolTable(named: ".dynsym") { return table }
        guard let dynamic = segments.first(where: { $0.type == Segment.dynamic }),
            let part = bytes.part(at: dynamic.offset, count: dynamic.fileSize)
        else { return nil }
        var values: [UInt64: UInt64] = [:]
        var reader = ByteReader(part)
        while reader.remaining >= 16 {
            let tag = reader.u64()
            let value = reader.u64()
            if tag == 0 { break }
            if values[tag] == nil { values[tag] = value }
        }
        func offset(_ tag: UInt64) -> UInt64? {
            guard let address = values[tag] else { return nil }
            return fileOffset(of: address) ?? fileOffset(of: address &- loadBias)
        }
        // DT_SYMTAB, DT_STRTAB, DT_STRSZ; the count is in DT_HASH, or else the strings usually follow the symbols.
        guard let symbols = offset(6), let strings = offset(5), let stringSize = values[10],
            let text = bytes.part(at: strings, count: stringSize)
        else { return nil }
        var count: UInt64 = 0
        if let hash = offset(4), let part = bytes.part(at: hash, count: 8) {
            var reader = ByteReader(part, at: 4)
            count = UInt64(reader.u32())
        } else if let hash = offset(0x6fff_fef5) {
            count = gnuHashCount(at: hash)
        }
        if count == 0, strings > symbols { count = (strings - symbols) / 24 }
        guard let entries = bytes.part(at: symbols, count: min(count, UInt64(bytes.count) / 24) * 24) else {
            return nil
        }
        return SymbolTable(entries: entries, strings: text, executableSections: [])
    }

    /// The number of symbols that a DT_GNU_HASH table covers: one more than the last of its longest chain.
    private func gnuHashCount(at offset: UInt64) -> UInt64 {
        guard offset < UInt64(bytes.count) else { return 0 }
        var reader = ByteReader(bytes, at: Int(offset))
        let bucketCount = UInt64(reader.u32())
        let firstSymbol = UInt64(reader.u32())
        let bloomWords = UInt64(reader.u32())
        _ = reader.u32()
        reader.skip(bloomWords &* 8)
        var highest: UInt64 = 0
        for _ in 0..<min(bucketCount, UInt64(reader.remaining) / 4) { highest = max(highest, UInt64(reader.u32())) }
        guard !reader.failed, highest >= firstSymbol else { return 0 }
        reader.skip((highest - firstSymbol) &* 4)
        while !reader.failed, reader.u32() & 1 == 0 { highest += 1 }
        return reader.failed ? 0 : highest + 1
    }
}
