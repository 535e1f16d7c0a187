/// The addresses of a unit, a function or a block: DW_AT_low_pc with DW_AT_high_pc, or DW_AT_ranges
/// (DWARF 5, section 2.17).
extension DwarfUnit {
    /// How many entries of range lists a unit's entries may read in all.
    package var rangeBudget: Int {
        // GNU split DWARF keeps the lists in the main file.
        let owner = encoding.version < 5 ? skeleton ?? self : self
        // The shortest entries: two addresses, and a kind with two numbers.
        return owner.budget(owner.sections.ranges.count / 8 + owner.sections.rnglists.count / 3)
    }

    /// As many of location lists.
    package var locationBudget: Int { budget(sections.loc.count / 10 + sections.loclists.count / 4) }

    /// Of so many entries in all: real units read each of theirs about once, and have them in proportion to their size,
    /// to some tens of times more where link-time optimisation leaves the types to other units. Hostile ones could all
    /// refer to one long list.
    private func budget(_ entries: Int) -> Int {
        let part = Double(header.end - header.offset) / Double(max(sections.info.count, 1))
        return 512 + Int(Double(entries) * part * 64)
    }

    /// Calls `visit` with each part that is not empty, as [low, high). Each entry of a list takes one of `budget`, and none
    /// is read when that is used up.
    ///
    /// Linkers leave parts of functions that they dropped at 0, or at -1 or -2 (lld's tombstones): those are left out.
    package func forEachRange(
        low: UInt64?, high: AttributeValue, list: AttributeValue, budget: inout Int,
        _ visit: (UInt64, UInt64) -> Void
    ) {
        func add(_ low: UInt64, _ high: UInt64) {
            if low != 0, low < high, low < UInt64.max - 1 { visit(low, high) }
        }
        if list.isPresent {
            if encoding.version >= 5 { rnglist(list, &budget, add) } else { rangesBefore5(list, &budget, add) }
        } else if let low, high.isPresent {
            // A constant is the length (DWARF 4 and up).
            if let end = address(high) { add(low, end) } else { add(low, low &+ high.value) }
        }
    }

    private func rangesBefore5(_ list: AttributeValue, _ budget: inout Int, _ add: (UInt64, UInt64) -> Void) {
        let owner = skeleton ?? self
        // GNU split DWARF keeps the lists in the main file, and a base for those of the split unit.
        let offset = list.value &+ (isSplit ? owner.gnuRangesBase : 0)
        let section = owner.sections.ranges
        guard offset < UInt64(section.count) else { return }
        var reader = ByteReader(section, at: Int(offset))
        let size = Int(encoding.addressSize)
        let maximum = size == 8 ? UInt64.max : UInt64(UInt32.max)
        var base = baseAddress
        while budget > 0 {
            budget -= 1
            let low = reader.address(size: size)
            let high = reader.address(size: size)
            if reader.failed || (low == 0 && high == 0) { return }
            if low == maximum { base = high } else { add(base &+ low, base &+ high) }
        }
    }

    private func rnglist(_ list: AttributeValue, _ budget: inout Int, _ add: (UInt64, UInt64) -> Void) {
        let section = sections.rnglists
        guard
            let offset = listOffset(
                list, section: section, indexForm: Form.rnglistx, base: rnglistsBase)
        else { return }
        var reader = ByteReader(section, at: offset)
        let size = Int(encoding.addressSize)
        var base: UInt64? = baseAddress
        while budget > 0 {
            budget -= 1
            // DW_RLE_…
            switch reader.u8() {
            case 1: base = address(index: reader.uleb())
            case 2:
                let low = address(index: reader.uleb())
                let high = address(index: reader.uleb())
                if let low, let high { add(low, high) }
            case 3:
                let low = address(index: reader.uleb())
                let length = reader.uleb()
                if let low { add(low, low &+ length) }
            case 4:
                let low = reader.uleb()
                let high = reader.uleb()
                // A list relative to a dropped function's base is dropped with it.
                if let base, base < UInt64.max - 1 { add(base &+ low, base &+ high) }
            case 5: base = reader.address(size: size)
            case 6:
                let low = reader.address(size: size)
                add(low, reader.address(size: size))
            case 7:
                let low = reader.address(size: size)
                add(low, low &+ reader.uleb())
            default: return
            }
            if reader.failed { return }
        }
    }

    /// Where a list of .debug_rnglists or .debug_loclists starts: given directly, or by index into the table of offsets
    /// at the unit's base (DWARF 5, sections 7.28 and 7.29).
    package func listOffset(
        _ value: AttributeValue, section: UnsafeRawBufferPointer, indexForm: UInt16, base: UInt64?
    ) -> Int? {
        guard value.form == indexForm else { return Int(exactly: value.value) }
        // Without a base: behind the header of the first table, as in split units.
        let base = base ?? (encoding.is64 ? 20 : 12)
        let (distance, overflow) = value.value.multipliedReportingOverflow(by: UInt64(encoding.offsetSize))
        guard !overflow, let part = section.part(at: base &+ distance, count: UInt64(encoding.offsetSize)) else {
            return nil
        }
        var reader = ByteReader(part)
        return Int(exactly: base &+ reader.offset(is64: encoding.is64))
    }

    /// The positions in `addresses`, sorted and unique, that lie in the ranges, in order.
    func positions(
        of addresses: [UInt64], low: UInt64?, high: AttributeValue, list: AttributeValue, budget: inout Int
    ) -> [Int] {
        var found: [Int] = []
        forEachRange(low: low, high: high, list: list, budget: &budget) { low, high in
            var position = SymbolTable.lowerBound(addresses, low)
            // Parts that overlap again and again are a hostile list.
            while position < addresses.count, addresses[position] < high, found.count < 16 * addresses.count + 4096 {
                found.append(position)
                position += 1
            }
        }
        guard found.count > 1 else { return found }
        found.sort()
        var unique: [Int] = []
        for position in found where unique.last != position { unique.append(position) }
        return unique
    }
}
