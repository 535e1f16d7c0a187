/// A list of locations, each for a range of addresses: .debug_loclists, .debug_loc, and the form that GNU split DWARF 4
/// has in .debug_loc.dwo (DWARF 5, section 7.7.3; DWARF 4, section 2.6.2).
package struct LocationList {
    /// An entry's range, nil where an address of it could not be read, and its expression. Returns whether to go on.
    package typealias Visit = (_ low: UInt64?, _ high: UInt64?, _ expression: UnsafeRawBufferPointer) -> Bool

    let unit: DwarfUnit
    private static let entryLimit = 1 << 16

    package init(unit: DwarfUnit) { self.unit = unit }

    /// The expression that holds at `address`, nil when none does.
    func expression(_ value: AttributeValue, at address: UInt64) -> UnsafeRawBufferPointer? {
        var budget = Self.entryLimit
        var found: UnsafeRawBufferPointer?
        var fallback: UnsafeRawBufferPointer?
        let isWhole = forEach(value, budget: &budget) { low, high, expression in
            guard let low, let high, low <= address, address < high else { return true }
            found = expression
            return false
        } otherwise: {
            fallback = $0
        }
        return found ?? (isWhole ? fallback : nil)
    }

    /// Visits the entries in their order, and with `otherwise` what holds where none of them does. Each entry takes one of
    /// `budget`, and none is read when that is used up. Returns whether what was read was not cut short.
    @discardableResult
    package func forEach(
        _ value: AttributeValue, budget: inout Int, _ visit: Visit,
        otherwise: (UnsafeRawBufferPointer) -> Void
    ) -> Bool {
        if unit.encoding.version >= 5 { return loclists(value, &budget, visit, otherwise) }
        return unit.isSplit ? gnuSplit(value, &budget, visit) : before5(value, &budget, visit)
    }

    private func loclists(
        _ value: AttributeValue, _ budget: inout Int, _ visit: Visit, _ otherwise: (UnsafeRawBufferPointer) -> Void
    ) -> Bool {
        let section = unit.sections.loclists
        guard
            let offset = unit.listOffset(value, section: section, indexForm: Form.loclistx, base: unit.loclistsBase)
        else { return false }
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
                if reader.failed { return false }
                otherwise(expression)
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
            default: return true
            }
            let expression = reader.bytes(reader.uleb())
            if reader.failed { return false }
            if !visit(low, high, expression) { return true }
        }
        return true
    }

    private func before5(_ value: AttributeValue, _ budget: inout Int, _ visit: Visit) -> Bool {
        let section = unit.sections.loc
        guard value.value < UInt64(section.count) else { return false }
        var reader = ByteReader(section, at: Int(value.value))
        let size = Int(unit.encoding.addressSize)
        let maximum = size == 8 ? UInt64.max : UInt64(UInt32.max)
        var base = unit.baseAddress
        while budget > 0 {
            budget -= 1
            let low = reader.address(size: size)
            let high = reader.address(size: size)
            if reader.failed { return false }
            if low == 0 && high == 0 { return true }
            if low == maximum {
                base = high
                continue
            }
            let expression = reader.bytes(UInt64(reader.u16()))
            if reader.failed { return false }
            if !visit(base &+ low, base &+ high, expression) { return true }
        }
        return true
    }

    private func gnuSplit(_ value: AttributeValue, _ budget: inout Int, _ visit: Visit) -> Bool {
        let section = unit.sections.loc
        guard value.value < UInt64(section.count) else { return false }
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
            default: return true
            }
            let expression = reader.bytes(UInt64(reader.u16()))
            if reader.failed { return false }
            if !visit(low, high, expression) { return true }
        }
        return true
    }
}
