/// Finds the units that hold given addresses.
struct UnitSearch {
    let file: DwarfFile
    /// Sorted, unique.
    let addresses: [UInt64]

    /// For each address the number of its unit among the file's headers, nil when no unit holds it.
    ///
    /// .debug_aranges answers what it can; for the others each unit's own ranges are read. clang and swiftc write no
    /// .debug_aranges, and a program linked from several compilers' objects has them in part.
    func units() -> [Int?] {
        // Ranges that overlap again and again are a hostile file's: bounded.
        var budget = 64 * addresses.count + 65_536
        var found = [Int?](repeating: nil, count: addresses.count)
        searchTable(&found, &budget)
        guard found.contains(nil) else { return found }
        // Units that all refer to one long list are, too.
        var entries = max(1 << 20, 4 * (file.sections.ranges.count + file.sections.rnglists.count))
        for (number, header) in file.headers.enumerated() {
            // DW_UT_compile, DW_UT_skeleton; the root entry of a partial unit has no code.
            guard header.type == 1 || header.type == 4, let unit = file.unit(header) else { continue }
            unit.forEachRange(low: unit.lowPC, high: unit.highPC, list: unit.rangeList, budget: &entries) { low, high in
                mark(low, high, number, &found, &budget)
            }
        }
        return found
    }

    private func mark(_ low: UInt64, _ high: UInt64, _ number: Int, _ found: inout [Int?], _ budget: inout Int) {
        var position = SymbolTable.lowerBound(addresses, low)
        while position < addresses.count, addresses[position] < high, budget > 0 {
            budget -= 1
            if found[position] == nil { found[position] = number }
            position += 1
        }
    }

    /// DWARF 5, section 6.1.2: sets of (address, length), one set a unit.
    private func searchTable(_ found: inout [Int?], _ budget: inout Int) {
        let section = file.sections.aranges
        var reader = ByteReader(section)
        while reader.remaining > 4 {
            let start = reader.position
            var length = UInt64(reader.u32())
            let is64 = length == 0xffff_ffff
            if is64 { length = reader.u64() }
            guard !reader.failed, length <= UInt64(reader.remaining) else { return }
            let end = reader.position + Int(length)
            var set = ByteReader(section, at: reader.position, end: end)
            reader.seek(to: end)
            guard set.u16() == 2 else { continue }
            let unit = set.offset(is64: is64)
            let size = Int(set.u8())
            let segmentSize = set.u8()
            guard segmentSize == 0, size == 8 || size == 4, let number = number(ofUnitAt: unit) else { continue }
            // The tuples begin at a multiple of their size, from the start of the set.
            let rest = (set.position - start) % (2 * size)
            if rest != 0 { set.skip(2 * size - rest) }
            while set.remaining >= 2 * size {
                let low = set.address(size: size)
                let length = set.address(size: size)
                if low == 0, length == 0 { break }
                // The same tombstones as in ranges.
                if low != 0, low < UInt64.max - 1 { mark(low, low &+ length, number, &found, &budget) }
            }
        }
    }

    private func number(ofUnitAt offset: UInt64) -> Int? {
        let headers = file.headers
        var low = 0
        var high = headers.count
        while low < high {
            let middle = (low + high) / 2
            if UInt64(headers[middle].offset) < offset { low = middle + 1 } else { high = middle }
        }
        return low < headers.count && UInt64(headers[low].offset) == offset ? low : nil
    }
}
