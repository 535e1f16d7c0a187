import ProcessModel

/// The variables of integer type of one function, physical or inlined, that are in scope at one address.
struct IntegerVariables {
    let unit: DwarfUnit
    /// The entry of the physical function, whose frame base the locations count from.
    let function: Int

    /// Hostile units could give one function any number, and types that refer to each other.
    private static let countLimit = 256
    private static let typeLimit = 16

    private struct Integer {
        var size: Int
        var isSigned: Bool
    }

    /// What is read of a variable's entry.
    private struct Declaration {
        var name: String?
        var type = AttributeValue()
        var origin = AttributeValue()
        var location = AttributeValue()
        var constant = AttributeValue()

        mutating func take(_ attribute: UInt16, _ value: AttributeValue, _ unit: DwarfUnit) {
            switch attribute {
            case At.name: name = unit.string(value).map { String($0) }
            case At.type: type = value
            case At.abstractOrigin: origin = value
            case At.location: location = value
            case At.constValue: constant = value
            default: break
            }
        }
    }

    /// Those that have a place at `address`, in the order of the entries.
    func list(of entry: Int, depth: Int, at address: UInt64) -> [FrameVariable] {
        let table = unit.abbreviations
        var reader = ByteReader(unit.sections.info, at: entry, end: unit.header.end)
        guard let index = table.index(of: reader.uleb()), table.abbreviations[index].hasChildren else { return [] }
        table.skip(table.abbreviations[index], &reader, unit.encoding)
        var found: [FrameVariable] = []
        var open = 1
        // Below entries that are passed over.
        var passed = 0
        var budget = unit.rangeBudget
        while open > 0, !reader.isAtEnd, found.count < Self.countLimit {
            let code = reader.uleb()
            if code == 0 {
                if passed > 0 { passed -= 1 } else { open -= 1 }
                continue
            }
            guard let index = table.index(of: code) else { break }
            let abbreviation = table.abbreviations[index]
            let isHere = passed == 0
            switch abbreviation.tag {
            case Tag.variable, Tag.formalParameter:
                var declaration = Declaration()
                table.read(abbreviation, &reader, unit.encoding) { declaration.take($0, $1, unit) }
                if isHere, let variable = variable(declaration, depth, address) { found.append(variable) }
                if abbreviation.hasChildren { passed += 1 }
            case Tag.lexicalBlock, Tag.tryBlock, Tag.catchBlock, Tag.withStatement:
                var low = AttributeValue()
                var high = AttributeValue()
                var list = AttributeValue()
                table.read(abbreviation, &reader, unit.encoding) { attribute, value in
                    switch attribute {
                    case At.lowPC: low = value
                    case At.highPC: high = value
                    case At.ranges: list = value
                    default: break
                    }
                }
                guard abbreviation.hasChildren else { continue }
                let isInside =
                    !low.isPresent && !list.isPresent
                    || !unit.positions(
                        of: [address], low: unit.address(low), high: high, list: list, budget: &budget
                    ).isEmpty
                if isHere, isInside { open += 1 } else { passed += 1 }
            default:
                table.skip(abbreviation, &reader, unit.encoding)
                if abbreviation.hasChildren { passed += 1 }
            }
        }
        return found
    }

    private func variable(_ declaration: Declaration, _ depth: Int, _ address: UInt64) -> FrameVariable? {
        var whole = declaration
        var home = unit
        if let origin = unit.reference(declaration.origin) {
            var abstract = Declaration()
            origin.unit.readEntry(at: origin.offset) { abstract.take($0, $1, origin.unit) }
            whole.name = declaration.name ?? abstract.name
            if !declaration.type.isPresent {
                whole.type = abstract.type
                home = origin.unit
            }
        }
        guard let name = whole.name, let type = integer(whole.type, home) else { return nil }
        var place: String?
        if whole.constant.isPresent, whole.constant.block.isEmpty {
            place = String(Int64(bitPattern: whole.constant.value))
        } else {
            place = Parameters(unit: unit, function: function).place(whole.location, at: address)
        }
        return place.map {
            FrameVariable(depth: depth, name: name, location: $0, size: type.size, isSigned: type.isSigned)
        }
    }

    /// Behind typedefs and qualifiers; nil of what is no integer of 4 or 8 bytes (DWARF 5, section 7.8: DW_ATE_signed
    /// is 5, DW_ATE_unsigned 7).
    private func integer(_ value: AttributeValue, _ home: DwarfUnit) -> Integer? {
        var next = home.reference(value)
        for _ in 0..<Self.typeLimit {
            guard let (unit, offset) = next else { return nil }
            var reader = ByteReader(unit.sections.info, at: offset, end: unit.header.end)
            guard let index = unit.abbreviations.index(of: reader.uleb()) else { return nil }
            var size: UInt64 = 0
            var encoding: UInt64 = 0
            var type = AttributeValue()
            unit.readEntry(at: offset) { attribute, value in
                switch attribute {
                case At.byteSize: size = value.value
                case At.encoding: encoding = value.value
                case At.type: type = value
                default: break
                }
            }
            switch unit.abbreviations.abbreviations[index].tag {
            case Tag.baseType:
                guard size == 4 || size == 8, encoding == 5 || encoding == 7 else { return nil }
                return Integer(size: Int(size), isSigned: encoding == 5)
            case Tag.typedef, Tag.constType, Tag.volatileType: next = unit.reference(type)
            default: return nil
            }
        }
        return nil
    }
}
