/// A list of locations, each for a range of addresses: .debug_loclists, .debug_loc, and the form that GNU split DWARF 4
/// has in .debug_loc.dwo (DWARF 5, section 7.7.3; DWARF 4, section 2.6.2).
struct LocationList {
    let unit: DwarfUnit
    private static let entryLimit = 1 << 16

    /// The expression that holds at `address`, nil when none does.
    func expression(_ value: AttributeValue, at address: UInt64) -> UnsafeRawBufferPointer? {
        if unit.encoding.version >= 5 { return loclists(value, address) }
        return unit.isSplit ? gnuSplit(value, address) : before5(value, address)
    }

    private func loclists(_ value: AttributeValue, _ address: UInt64) -> UnsafeRawBufferPointer? {
        let section = unit.sections.loclists
        guard
            let offset = unit.listOffset(value, section: section, indexForm: Form.loclistx, base: unit.loclistsBase)
        else { return nil }
        var reader = ByteReader(section, at: offset)
        let size = Int(unit.encoding.addressSize)
        var base: UInt64? = unit.baseAddress
        var fallback: UnsafeRawBufferPointer?
        for _ in 0..<Self.entryLimit {
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
                fallback = reader.bytes(reader.uleb())
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
                _ = reader.uleb()
                _ = reader.uleb()
                continue
            default: return fallback
            }
            let expression = reader.bytes(reader.uleb())
            if reader.failed { return nil }
            if let low, let high, low <= address, address < high { return expression }
        }
        return fallback
    }

    private func before5(_ value: AttributeValue, _ address: UInt64) -> UnsafeRawBufferPointer? {
        let section = unit.sections.loc
        guard value.value < UInt64(section.count) else { return nil }
        var reader = ByteReader(section, at: Int(value.value))
        let size = Int(unit.encoding.addressSize)
        let maximum = size == 8 ? UInt64.max : UInt64(UInt32.max)
        var base = unit.baseAddress
        for _ in 0..<Self.entryLimit {
            let low = reader.address(size: size)
            let high = reader.address(size: size)
            if reader.failed || (low == 0 && high == 0) { return nil }
            if low == maximum {
                base = high
                continue
            }
            let expression = reader.bytes(UInt64(reader.u16()))
            if base &+ low <= address, address < base &+ high { return expression }
        }
        return nil
    }

    private func gnuSplit(_ value: AttributeValue, _ address: UInt64) -> UnsafeRawBufferPointer? {
        let section = unit.sections.loc
        guard value.value < UInt64(section.count) else { return nil }
        var reader = ByteReader(section, at: Int(value.value))
        for _ in 0..<Self.entryLimit {
            var low: UInt64?
            var high: UInt64?
            switch reader.u8() {
            case 1:
                _ = reader.uleb()
                continue
            case 2:
                low = unit.address(index: reader.uleb())
                high = unit.address(index: reader.uleb())
            case 3:
                low = unit.address(index: reader.uleb())
                let length = UInt64(reader.u32())
                high = low.map { $0 &+ length }
            default: return nil
            }
            let expression = reader.bytes(UInt64(reader.u16()))
            if reader.failed { return nil }
            if let low, let high, low <= address, address < high { return expression }
        }
        return nil
    }
}
