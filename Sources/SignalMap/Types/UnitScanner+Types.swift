import DebugInfo

/// Entries of types and their members.
extension UnitScanner {
    mutating func enterType(_ tag: EntryTag, at offset: UInt32, _ outer: Frame) -> Frame? {
        func frame(_ kind: Frame.Kind, _ detail: UInt32) -> Frame {
            var frame = outer
            frame.kind = kind
            frame.detail = detail
            return frame
        }
        switch tag {
        case .pointer: add(.pointer, link(values[.type]), at: offset)
        case .qualifier: add(.qualifier, link(values[.type]), at: offset)
        case .typedef:
            let target = link(values[.type])
            add(.qualifier, target, at: offset)
            let name = debug.name(values[.name], in: number)
            if name.isPresent { typedefs.append((target, name, outer.scope)) }
        case .unspecified: add(.unspecified, .none, at: offset)
        case .base:
            var detail = UnitScan.Detail()
            detail.size = size(values.constant(.byteSize))
            // DW_ATE_complex_float, float, imaginary_float, decimal_float (DWARF 5, table 7.11)
            if let encoding = values.constant(.encoding), [3, 4, 9, 15].contains(encoding) {
                detail.flags = UnitScan.isFloating
            }
            add(.base, detail, at: offset)
        case .enumeration:
            var detail = UnitScan.Detail()
            detail.size = size(values.constant(.byteSize))
            detail.link = link(values[.type])
            add(.enumeration, detail, at: offset)
        case .array:
            var detail = UnitScan.Detail()
            detail.link = link(values[.type])
            if values.isSet(.vector) { detail.flags = UnitScan.isFloating }
            return frame(.array, add(.array, detail, at: offset))
        case .subroutine:
            var detail = UnitScan.Detail()
            detail.link = link(values[.type])
            return frame(.subroutine, add(.function, detail, at: offset))
        case .memberPointer:
            var detail = UnitScan.Detail()
            detail.link = link(values[.type])
            add(.memberPointer, detail, at: offset)
        default: return enterStructure(tag, at: offset, outer)
        }
        return nil
    }

    private mutating func enterStructure(_ tag: EntryTag, at offset: UInt32, _ outer: Frame) -> Frame? {
        // Its definition stands in a type unit of its own.
        if let signature = values[.signature], let target = resolved(signature), target.unit != number {
            add(.qualifier, link(to: target), at: offset)
            return nil
        }
        var detail = UnitScan.Detail()
        detail.name = debug.name(values[.name], in: number)
        detail.scope = outer.scope
        detail.size = size(values.constant(.byteSize))
        if tag == .union { detail.flags |= UnitScan.isUnion }
        if values.isSet(.declaration) || values.constant(.byteSize) == nil { detail.flags |= UnitScan.isDeclaration }
        // DW_CC_pass_by_reference
        if values.constant(.callingConvention) == 4 { detail.flags |= UnitScan.isByReference }
        let specification = values[.specification]
        if !detail.name.isPresent, specification == nil {
            hasUnnamed = true
            detail.line = UInt32(clamping: values.constant(.declLine) ?? 0)
            detail.fileNumber = UInt32(clamping: values.constant(.declFile) ?? 0)
        }
        let number = add(.structure, detail, at: offset)
        if let specification { scan.specifications.append((number, link(specification))) }
        var frame = outer
        frame.kind = .structure
        frame.detail = number
        frame.scope = addScope(parent: outer.scope, name: .none, detail: number)
        return frame
    }

    private func size(_ value: UInt64?) -> UInt64 { min(value ?? 0, UnitScan.Item.valueMask) }

    private mutating func add(_ kind: UnitScan.Kind, _ link: EntryLink, at offset: UInt32) {
        scan.offsets.append(offset)
        scan.kinds.append(kind)
        scan.links.append(link)
    }

    @discardableResult
    private mutating func add(_ kind: UnitScan.Kind, _ detail: UnitScan.Detail, at offset: UInt32) -> UInt32 {
        let number = UInt32(truncatingIfNeeded: scan.details.count)
        scan.details.append(detail)
        add(kind, EntryLink(bits: number), at: offset)
        return number
    }

    mutating func addItem(_ item: UnitScan.Item, to detail: UInt32) {
        let number = UInt32(truncatingIfNeeded: scan.items.count)
        scan.items.append(item)
        if scan.details[Int(detail)].first == .max {
            scan.details[Int(detail)].first = number
        } else {
            scan.items[Int(scan.details[Int(detail)].last)].next = number
        }
        scan.details[Int(detail)].last = number
    }

    /// One dimension of an array. Without a count, or with one that is computed, its length is unknown.
    mutating func addDimension(to detail: UInt32) {
        var item = UnitScan.Item(value: UnitScan.Item.unknownCount)
        if let count = values.constant(.count), isNumber(values[.count]) {
            item.value = min(count, UnitScan.Item.unknownCount)
        } else if let bound = values[.upperBound], isNumber(bound) {
            // -1 of an array without elements, in the width of its form.
            let maximum: UInt64 = bound.form == 0x0b ? 0xff : bound.form == 0x05 ? 0xffff : .max
            let isEmpty = bound.value == .max || bound.form == 0x06 && bound.value == 0xffff_ffff
            item.value = isEmpty ? 0 : min(bound.value == maximum ? maximum : bound.value, item.value - 1) &+ 1
        }
        addItem(item, to: detail)
    }

    /// A constant, not a reference to what computes it.
    private func isNumber(_ value: EntryValues.Value?) -> Bool {
        switch value?.form {
        case 0x05, 0x06, 0x07, 0x0b, 0x0d, 0x0f, 0x21: true
        default: false
        }
    }

    mutating func addMember(to detail: UInt32, isBase: Bool) {
        var item = UnitScan.Item(link: link(values[.type]))
        item.name = debug.name(values[.name], in: number)
        if isBase { item.value |= UnitScan.Item.isBase }
        if isBase, values.isSet(.virtuality) {
            item.value |= UnitScan.Item.isVirtual
            scan.details[Int(detail)].flags |= UnitScan.isByReference
            addItem(item, to: detail)
            return
        }
        var offset: UInt64 = 0
        if let location = values[.memberLocation] {
            if location.isBlock {
                // DW_OP_plus_uconst, as DWARF 2 has it.
                var expression = ByteReader(unit.info, at: Int(clamping: location.value), end: unit.end)
                guard location.count > 1, expression.u8() == 0x23 else { return }
                offset = expression.uleb()
            } else {
                offset = location.value
            }
        }
        if let bits = values.constant(.bitSize), bits < 1 << 16 {
            var start = values.constant(.dataBitOffset)
            if start == nil, let bitOffset = values.constant(.bitOffset), let storage = values.constant(.byteSize) {
                // Counted from the most significant bit of the storage (DWARF 3, section 5.6.6).
                start = offset &* 8 &+ storage &* 8 &- bitOffset &- bits
            }
            let first = start ?? offset &* 8
            offset = first / 8
            let bytes = min((first % 8 + bits + 7) / 8, 31)
            item.value |= UnitScan.Item.isBitField | bytes << 48
        }
        guard offset < UnitScan.Item.valueMask else { return }
        item.value |= offset
        addItem(item, to: detail)
    }
}
