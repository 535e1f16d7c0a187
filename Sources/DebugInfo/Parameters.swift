import ProcessModel

/// The formal parameters of a function, physical or inlined, at one address.
struct Parameters {
    let unit: DwarfUnit
    /// The entry of the physical function, whose frame base the locations count from.
    let function: Int

    /// Hostile units could give one function any number.
    private static let countLimit = 256

    private typealias Place = (unit: DwarfUnit, offset: Int)

    /// One DW_TAG_formal_parameter as it stands below an entry.
    private struct Declaration {
        var entry: Int
        var name: String?
        /// The abstract parameter that it is an instance of; dwz puts it in another unit.
        var origin: Place?
        var location = AttributeValue()
        var constant = AttributeValue()
    }

    /// In the order of the source. A parameter that has no place at `address` is "optimized out"; one whose place is
    /// not told in a few words has none.
    func list(of entry: Int, at address: UInt64) -> [Parameter] {
        var concrete = declarations(below: (unit, entry))
        var result: [Parameter] = []
        // Compilers leave parameters without a place out of the instance: the abstract function has all of them.
        if let origin = abstractOrigin(of: entry) {
            for parameter in declarations(below: origin) {
                let index = concrete.firstIndex {
                    $0.origin?.unit === origin.unit && $0.origin?.offset == parameter.entry
                }
                guard let name = parameter.name else { continue }
                result.append(index.map { self.parameter(concrete[$0], name, address) } ?? optimizedOut(name))
                if let index { concrete.remove(at: index) }
            }
        }
        for parameter in concrete {
            guard let name = parameter.name ?? parameter.origin.flatMap({ self.name(at: $0) }) else { continue }
            result.append(self.parameter(parameter, name, address))
        }
        return result
    }

    private func optimizedOut(_ name: String) -> Parameter { Parameter(name: name, location: "optimized out") }

    private func parameter(_ declaration: Declaration, _ name: String, _ address: UInt64) -> Parameter {
        if declaration.constant.isPresent {
            let value = declaration.constant
            let text = unit.string(value).map { String($0) } ?? String(Int64(bitPattern: value.value))
            return Parameter(name: name, location: "constant", value: value.block.isEmpty ? text : nil)
        }
        guard let expression = expression(declaration.location, at: address) else { return optimizedOut(name) }
        return Parameter(name: name, location: LocationText(unit: unit, frameBase: frameBase).text(expression))
    }

    /// Where a location says that something is; nil where it is nowhere at `address`, or that takes too many words.
    func place(_ location: AttributeValue, at address: UInt64) -> String? {
        expression(location, at: address).flatMap { LocationText(unit: unit, frameBase: frameBase).text($0) }
    }

    private func expression(_ location: AttributeValue, at address: UInt64) -> UnsafeRawBufferPointer? {
        guard location.isPresent else { return nil }
        let expression =
            isExpression(location.form) ? location.block : LocationList(unit: unit).expression(location, at: address)
        return expression.flatMap { $0.isEmpty ? nil : $0 }
    }

    private func isExpression(_ form: UInt16) -> Bool {
        switch form {
        case Form.exprloc, Form.block, Form.block1, Form.block2, Form.block4: true
        default: false
        }
    }

    private var frameBase: UnsafeRawBufferPointer? {
        var base = AttributeValue()
        unit.readEntry(at: function) { if $0 == At.frameBase { base = $1 } }
        return isExpression(base.form) ? base.block : nil
    }

    /// The abstract function of an instance.
    private func abstractOrigin(of entry: Int) -> Place? {
        var origin = AttributeValue()
        unit.readEntry(at: entry) { if $0 == At.abstractOrigin { origin = $1 } }
        return unit.reference(origin)
    }

    private func name(at place: Place) -> String? {
        var name: String?
        place.unit.readEntry(at: place.offset) { attribute, value in
            if attribute == At.name { name = place.unit.string(value).map { String($0) } }
        }
        return name
    }

    private func declarations(below place: Place) -> [Declaration] {
        let unit = place.unit
        let table = unit.abbreviations
        var reader = ByteReader(unit.sections.info, at: place.offset, end: unit.header.end)
        guard let index = table.index(of: reader.uleb()), table.abbreviations[index].hasChildren else { return [] }
        table.skip(table.abbreviations[index], &reader, unit.encoding)
        var result: [Declaration] = []
        // Parameters come first among an entry's children, in all compilers we know; those of entries further down
        // belong to others.
        while !reader.isAtEnd, result.count < Self.countLimit {
            let offset = reader.position
            guard let index = table.index(of: reader.uleb()) else { break }
            let abbreviation = table.abbreviations[index]
            guard abbreviation.tag == Tag.formalParameter, !abbreviation.hasChildren else { break }
            var declaration = Declaration(entry: offset)
            table.read(abbreviation, &reader, unit.encoding) { name, value in
                switch name {
                case At.name: declaration.name = unit.string(value).map { String($0) }
                case At.abstractOrigin: declaration.origin = unit.reference(value)
                case At.location: declaration.location = value
                case At.constValue: declaration.constant = value
                default: break
                }
            }
            result.append(declaration)
        }
        return result
    }
}
