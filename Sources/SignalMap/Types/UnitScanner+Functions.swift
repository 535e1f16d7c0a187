import DebugInfo

/// Functions, their parameters and variables.
extension UnitScanner {
    /// A function with code whose entries are being walked.
    struct OpenFunction {
        struct Declared {
            var target: (unit: Int, offset: Int)
            var link: EntryLink
            var isArtificial: Bool
        }

        /// Into the scan's functions.
        var number: Int
        /// The parameters of the abstract function: compilers leave those without a place out of the instance.
        var declared: [Declared] = []
        var parameters: [(origin: (unit: Int, offset: Int)?, link: EntryLink, variable: Int?)] = []
    }

    /// No real function has more.
    private static let parameterLimit = 512

    mutating func enterFunction(_ outer: Frame) -> Frame? {
        let hasCode = values.has(.lowPC) || values.has(.ranges)
        if outer.kind == .structure, !hasCode { noteSpecialMember(outer.detail) }
        if values.isSet(.declaration) { return nil }
        var frame = outer
        frame.kind = .outside
        frame.detail = .max
        frame.function = -1
        var name = debug.name(values[.name], in: number)
        if !hasCode {
            if name.isPresent { frame.scope = addScope(parent: outer.scope, name: name) }
            return frame
        }
        let first = ranges.count
        addRanges()
        let entry = ranges.count > first ? ranges[first].low : 0
        let base = values[.frameBase]
        let origin = values[.abstractOrigin]
        let specification = values[.specification]
        var function = UnitScan.Function(
            entry: entry, linkageName: debug.name(values[.linkageName], in: number), name: name,
            result: link(values[.type]), parameters: 0..<0, isVariadic: false)
        var open = OpenFunction(number: scan.functions.count)
        if let target = resolved(origin ?? specification) {
            complete(&function, from: target)
            name = function.name
            if origin != nil { open.declared = declaredParameters(of: target) }
        }
        if name.isPresent { frame.scope = addScope(parent: outer.scope, name: name) }
        // What the linker dropped.
        guard entry != 0 else { return frame }
        frame.kind = .function
        frame.function = Int32(truncatingIfNeeded: scan.functions.count)
        frame.firstRange = Int32(truncatingIfNeeded: first)
        frame.rangeCount = Int32(truncatingIfNeeded: ranges.count - first)
        scan.functions.append(function)
        frameBases.append(frameBase(base))
        openFunctions.append(open)
        return frame
    }

    /// Destructors and virtual functions decide whether a class is handed over by reference (Itanium C++ ABI, 3.1.1).
    private mutating func noteSpecialMember(_ detail: UInt32) {
        var decides = values.constant(.virtuality).map { $0 != 0 } ?? false
        // DW_DEFAULTED_in_class
        if !decides, values.constant(.defaulted) != 1 {
            decides = debug.bytes(debug.name(values[.name], in: number)).first == UInt8(ascii: "~")
        }
        if decides { scan.details[Int(detail)].flags |= UnitScan.isByReference }
    }

    private mutating func addRanges() {
        guard ranges.count < Self.rangeLimit else { return }
        let list = values[.ranges]?.attribute ?? AttributeValue()
        let high = values[.highPC]?.attribute ?? AttributeValue()
        let low = values[.lowPC].flatMap { unit.unit.address($0.attribute) }
        var found = ranges
        ranges = []
        unit.unit.forEachRange(low: low, high: high, list: list, budget: &rangeBudget) { low, high in
            if found.count < Self.rangeLimit { found.append((low, high)) }
        }
        ranges = found
    }

    /// Sets where the code of a block is; a block that does not say has that of the one around it.
    mutating func enterBlock(_ frame: inout Frame) {
        guard values.has(.lowPC) || values.has(.ranges) else { return }
        let first = ranges.count
        addRanges()
        frame.firstRange = Int32(truncatingIfNeeded: first)
        frame.rangeCount = Int32(truncatingIfNeeded: ranges.count - first)
    }

    /// Takes over what the entry that a function completes says of it.
    private mutating func complete(_ function: inout UnitScan.Function, from target: (unit: Int, offset: Int)) {
        var target = target
        for _ in 0..<4 {
            guard readOther(target) else { return }
            if !function.linkageName.isPresent {
                function.linkageName = debug.name(others[.linkageName], in: target.unit)
            }
            if !function.name.isPresent { function.name = debug.name(others[.name], in: target.unit) }
            if function.result == .none, let type = others[.type] {
                function.result = link(to: debug.target(of: type, in: target.unit))
            }
            guard
                let next = (others[.abstractOrigin] ?? others[.specification])
                    .flatMap({ debug.target(of: $0, in: target.unit) })
            else { return }
            target = next
        }
    }

    /// Reads an entry that is looked up, of this or another unit, into `others`.
    mutating func readOther(_ target: (unit: Int, offset: Int)) -> Bool {
        let other = debug.units[target.unit]
        var reader = ByteReader(other.info, at: target.offset, end: other.end)
        guard let index = debug.shapes[other.shapes].index(of: reader.uleb()) else { return false }
        others.read(debug.shapes[other.shapes].shapes[index], debug.shapes[other.shapes], &reader, other.encoding)
        return !reader.failed
    }

    private mutating func declaredParameters(of target: (unit: Int, offset: Int)) -> [OpenFunction.Declared] {
        var declared: [OpenFunction.Declared] = []
        let other = debug.units[target.unit]
        let table = debug.shapes[other.shapes]
        var reader = ByteReader(other.info, at: target.offset, end: other.end)
        guard let index = table.index(of: reader.uleb()), table.shapes[index].hasChildren else { return [] }
        EntryValues.skip(table.shapes[index], table, &reader, other.encoding)
        // Parameters come first; the first entry with children of its own ends them.
        for _ in 0..<Self.parameterLimit where !reader.isAtEnd {
            let offset = reader.position
            guard let index = table.index(of: reader.uleb()) else { break }
            let shape = table.shapes[index]
            guard !shape.hasChildren else { break }
            others.read(shape, table, &reader, other.encoding)
            guard shape.tag == .parameter, !reader.failed else { continue }
            let type = others[.type].flatMap { debug.target(of: $0, in: target.unit) }
            declared.append(
                OpenFunction.Declared(
                    target: (target.unit, offset), link: link(to: type), isArtificial: others.isSet(.artificial)))
        }
        return declared
    }

    // MARK: Variables

    mutating func addParameter(_ frame: Frame) {
        guard let last = openFunctions.indices.last,
            openFunctions[last].parameters.count < Self.parameterLimit
        else { return }
        let origin = resolved(values[.abstractOrigin])
        let count = variables.count
        let link = addVariable(frame)
        openFunctions[last].parameters.append((origin, link, variables.count > count ? count : nil))
    }

    /// Notes where a variable lives; returns what its type is.
    @discardableResult
    mutating func addVariable(_ frame: Frame) -> EntryLink {
        let location = values[.location]
        // Without a place only parameters matter, and only their types.
        guard location != nil || frame.kind == .function else { return .none }
        var name = values[.name]
        var nameUnit = number
        var type = link(values[.type])
        var origin = resolved(values[.abstractOrigin] ?? values[.specification])
        for _ in 0..<4 where type == .none || name == nil {
            guard let target = origin, readOther(target) else { break }
            if type == .none, let value = others[.type] {
                type = link(to: debug.target(of: value, in: target.unit))
            }
            if name == nil, let value = others[.name] {
                name = value
                nameUnit = target.unit
            }
            if type != .none { break }
            origin = (others[.abstractOrigin] ?? others[.specification])
                .flatMap { debug.target(of: $0, in: target.unit) }
        }
        guard let location else { return type }
        if location.isBlock, let fixed = fixedPlace(location) {
            if let declaration = resolved(values[.specification]), declaration.unit == number {
                declarations.append((scan.globals.count, UInt32(truncatingIfNeeded: declaration.offset - unit.start)))
            }
            scan.globals.append(
                UnitScan.Global(
                    address: fixed.address, link: type, name: debug.name(name, in: nameUnit), scope: frame.scope,
                    isThreadLocal: fixed.isThreadLocal))
        } else if frame.function >= 0 {
            variables.append(
                Variable(
                    link: type, location: location, function: UInt32(frame.function), firstRange: frame.firstRange,
                    rangeCount: frame.rangeCount, parameter: -1))
        }
        return type
    }

    /// The function whose entries end here: its parameters in the order of its declaration.
    mutating func closeFunction() {
        guard let open = openFunctions.popLast() else { return }
        let first = UInt32(truncatingIfNeeded: scan.parameters.count)
        var placed = [Bool](repeating: false, count: open.parameters.count)
        func add(_ link: EntryLink, _ variable: Int?) {
            if let variable { variables[variable].parameter = Int32(truncatingIfNeeded: scan.parameters.count) }
            scan.parameters.append(UnitScan.Parameter(link: link))
        }
        for declared in open.declared {
            let index = open.parameters.firstIndex {
                $0.origin?.offset == declared.target.offset && $0.origin?.unit == declared.target.unit
            }
            if let index {
                placed[index] = true
                add(declared.link, open.parameters[index].variable)
            } else if !declared.isArtificial || scan.parameters.count == Int(first) {
                // Constructors and destructors have further hidden parameters in some of their variants only; "this"
                // they all have.
                add(declared.link, nil)
            }
        }
        for (index, parameter) in open.parameters.enumerated() where !placed[index] {
            add(parameter.link, parameter.variable)
        }
        scan.functions[open.number].parameters = first..<UInt32(truncatingIfNeeded: scan.parameters.count)
    }
}
