import DebugInfo

/// All entries of a location list: .debug_loclists, .debug_loc, and the form that GNU split DWARF 4 has in .debug_loc.dwo
/// (DWARF 5, section 7.7.3; DWARF 4, section 2.6.2).
struct LocationRanges {
    let unit: DwarfUnit
    /// Entries that may still be read: hostile variables could share one long list.
    private(set) var budget: Int

    /// Calls `visit` with the addresses, as [low, high), and the expression of each entry that is not empty; with
    /// (0, 0) for an expression that holds wherever none of the others does.
    mutating func forEach(_ value: EntryValues.Value, _ visit: (UInt64, UInt64, UnsafeRawBufferPointer) -> Void) {
        func add(_ low: UInt64?, _ high: UInt64?, _ expression: UnsafeRawBufferPointer) {
            // The same tombstones as in range lists.
            guard let low, let high, low != 0, low < high, low < UInt64.max - 1 else { return }
            visit(low, high, expression)
        }
        if unit.encoding.version >= 5 {
            loclists(value, add) { visit(0, 0, $0) }
        } else if unit.isSplit {
            gnuSplit(value, add)
        } else {
            before5(value, add)
        }
    }

    private typealias Add = (UInt64?, UInt64?, UnsafeRawBufferPointer) -> Void

    private mutating func loclists(_ value: EntryValues.Value, _ add: Add, _ fallback: (UnsafeRawBufferPointer) -> Void)
    {
        let section = unit.sections.loclists
        // DW_FORM_loclistx
        guard
            let offset = unit.listOffset(value.attribute, section: section, indexForm: 0x22, base: unit.loclistsBase)
        else { return }
        var reader = ByteReader(section, at: offset)
        let size = Int(unit.encoding.addressSize)
        var base: UInt64? = unit.baseAddress
        while budget > 0 {
            budget -= 1
            var low: UInt64?
            var high: UInt64?
            // DW_LLE_…
            switch reader.u8() {
            case 1:
                base = unit.address(index: reader.uleb())
                continue
            case 2:
                low = unit.address(index: reader.uleb())
                high = unit.address(index: reader.uleb())
            case 3:
                low = unit.address(index: reader.uleb())
                let length = reader.uleb()
                high = low.map { $0 &+ length }
            case 4:
                let start = reader.uleb()
                let end = reader.uleb()
                low = base.map { $0 &+ start }
                high = base.map { $0 &+ end }
            case 5:
                let expression = reader.bytes(reader.uleb())
                if reader.failed { return }
                fallback(expression)
                continue
            case 6:
                base = reader.address(size: size)
                continue
            case 7:
                low = reader.address(size: size)
                high = reader.address(size: size)
            case 8:
                low = reader.address(size: size)
                let length = reader.uleb()
                high = low.map { $0 &+ length }
            // DW_LLE_GNU_view_pair
            case 9:
                reader.skipLEB()
                reader.skipLEB()
                continue
            default: return
            }
            let expression = reader.bytes(reader.uleb())
            if reader.failed { return }
            add(low, high, expression)
        }
    }

    private mutating func before5(_ value: EntryValues.Value, _ add: Add) {
        let section = unit.sections.loc
        guard value.value < UInt64(section.count) else { return }
        var reader = ByteReader(section, at: Int(value.value))
        let size = Int(unit.encoding.addressSize)
        let maximum = size == 8 ? UInt64.max : UInt64(UInt32.max)
        var base = unit.baseAddress
        while budget > 0 {
            budget -= 1
            let low = reader.address(size: size)
            let high = reader.address(size: size)
            if reader.failed || (low == 0 && high == 0) { return }
            if low == maximum {
                base = high
                continue
            }
            let expression = reader.bytes(UInt64(reader.u16()))
            if reader.failed { return }
            add(base &+ low, base &+ high, expression)
        }
    }

    private mutating func gnuSplit(_ value: EntryValues.Value, _ add: Add) {
        let section = unit.sections.loc
        guard value.value < UInt64(section.count) else { return }
        var reader = ByteReader(section, at: Int(value.value))
        while budget > 0 {
            budget -= 1
            var low: UInt64?
            var high: UInt64?
            switch reader.u8() {
            case 1:
                reader.skipLEB()
                continue
            case 2:
                low = unit.address(index: reader.uleb())
                high = unit.address(index: reader.uleb())
            case 3:
                low = unit.address(index: reader.uleb())
                let length = UInt64(reader.u32())
                high = low.map { $0 &+ length }
            default: return
            }
            let expression = reader.bytes(UInt64(reader.u16()))
            if reader.failed { return }
            add(low, high, expression)
        }
    }
}
