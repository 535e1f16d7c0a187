import DebugInfo

/// What needs all entries of a unit: links become numbers, structures without a name get one, and the places of those
/// variables that matter are read.
extension UnitScanner {
    mutating func finish() {
        for index in scan.links.indices where !hasDetail(scan.kinds[index]) {
            scan.links[index] = converted(scan.links[index])
        }
        for index in scan.details.indices { scan.details[index].link = converted(scan.details[index].link) }
        for index in scan.items.indices { scan.items[index].link = converted(scan.items[index].link) }
        for index in scan.functions.indices { scan.functions[index].result = converted(scan.functions[index].result) }
        for index in scan.parameters.indices { scan.parameters[index].link = converted(scan.parameters[index].link) }
        for index in scan.globals.indices { scan.globals[index].link = converted(scan.globals[index].link) }
        for index in scan.specifications.indices {
            scan.specifications[index].link = converted(scan.specifications[index].link)
        }
        for (global, declaration) in declarations {
            if let scope = declarationScopes[declaration] { scan.globals[global].scope = scope }
        }
        completeSpecifications()
        for typedef in typedefs where typedef.scope == 0 && typedef.link.foreignIndex != nil {
            scan.foreignTypedefs.append((typedef.link, typedef.name))
        }
        if hasUnnamed { nameUnnamed() }
        var lists = LocationRanges(unit: unit.unit, budget: unit.unit.locationBudget)
        for index in variables.indices { readPlaces(of: index, &lists) }
        if lists.budget == 0 || rangeBudget == 0 || scan.places.count >= Self.placeLimit { scan.isDamaged = true }
    }

    /// Variables of hostile units could each have any number of places.
    private static let placeLimit = 1 << 23

    private func hasDetail(_ kind: UnitScan.Kind) -> Bool {
        switch kind {
        case .pointer, .qualifier, .unspecified: false
        default: true
        }
    }

    private func converted(_ link: EntryLink) -> EntryLink {
        guard link.isLocal else { return link }
        return scan.entry(at: link.bits).map { EntryLink(local: $0 + 1) } ?? .missing
    }

    /// The entry of this unit that a link names.
    private func entry(_ link: EntryLink) -> Int? { link.isLocal ? Int(link.bits) - 1 : nil }

    /// The structure that a link leads to, through arrays and qualifiers, and pointers if asked; nil for others.
    private func structure(_ link: EntryLink, throughPointers: Bool) -> UInt32? {
        var link = link
        for _ in 0..<16 {
            guard let entry = entry(link) else { return nil }
            switch scan.kinds[entry] {
            case .structure: return scan.links[entry].bits
            case .qualifier: link = scan.links[entry]
            case .pointer:
                guard throughPointers else { return nil }
                link = scan.links[entry]
            case .array: link = scan.details[Int(scan.links[entry].bits)].link
            default: return nil
            }
        }
        return nil
    }

    private mutating func completeSpecifications() {
        for (number, link) in scan.specifications {
            guard let declaration = structure(link, throughPointers: false), declaration != number else { continue }
            let declared = scan.details[Int(declaration)]
            if !scan.details[Int(number)].name.isPresent { scan.details[Int(number)].name = declared.name }
            scan.details[Int(number)].scope = declared.scope
            scan.details[Int(number)].flags |= declared.flags & UnitScan.isByReference
        }
    }

    /// A structure without a name is called after the typedef that names it, else after the member that it is the type
    /// of, else, later, after the place where it is declared.
    private mutating func nameUnnamed() {
        for (link, name, scope) in typedefs {
            let target = converted(link)
            guard let entry = entry(target), scan.kinds[entry] == .structure else { continue }
            let number = Int(scan.links[entry].bits)
            guard !scan.details[number].name.isPresent else { continue }
            scan.details[number].name = name
            scan.details[number].scope = scope
        }
        for number in scan.details.indices {
            var next = scan.details[number].first
            while next != .max {
                let item = scan.items[Int(next)]
                if let inner = structure(item.link, throughPointers: true), inner != UInt32(number),
                    !scan.details[Int(inner)].name.isPresent, scan.owners[inner] == nil
                {
                    scan.owners[inner] = (UInt32(number), next)
                }
                next = item.next
            }
        }
    }

    // MARK: Places

    /// Whether a variable of that type is a pointer, a structure or an array, or may be one.
    private func matters(_ link: EntryLink) -> Bool {
        var link = link
        for _ in 0..<16 {
            guard let entry = entry(link) else { return link.foreignIndex != nil }
            switch scan.kinds[entry] {
            case .pointer, .structure, .array: return true
            case .qualifier: link = scan.links[entry]
            default: return false
            }
        }
        return false
    }

    private mutating func readPlaces(of index: Int, _ lists: inout LocationRanges) {
        var variable = variables[index]
        variable.link = converted(variable.link)
        guard matters(variable.link) else { return }
        let entry = scan.functions[Int(variable.function)].entry
        if variable.location.isBlock {
            guard let parts = expressionParts(variable.location), !parts.isEmpty else { return }
            for range in variable.firstRange..<variable.firstRange + variable.rangeCount
            where scan.places.count < Self.placeLimit {
                let (low, high) = ranges[Int(range)]
                add(parts, low, high, variable, entry)
            }
            return
        }
        var found: [(UInt64, UInt64, UnsafeRawBufferPointer)] = []
        lists.forEach(variable.location) { low, high, bytes in found.append((low, high, bytes)) }
        let expressions = LocationExpression(unit: unit.unit)
        for (low, high, bytes) in found {
            // What holds elsewhere would have to be cut around the others; compilers do not write it.
            guard high > 0, let parts = expressions.parts(bytes), scan.places.count < Self.placeLimit else { continue }
            add(parts, low, high, variable, entry)
        }
    }

    private func expressionParts(_ location: EntryValues.Value) -> [LocationExpression.Part]? {
        guard let bytes = unit.info.part(at: location.value, count: UInt64(location.count)) else { return nil }
        return LocationExpression(unit: unit.unit).parts(bytes)
    }

    /// Where a static or thread-local variable is; nil for others.
    func fixedPlace(_ location: EntryValues.Value) -> (address: UInt64, isThreadLocal: Bool)? {
        guard let part = expressionParts(location)?.first, part.offset < 0, !part.isIndirect else { return nil }
        switch part.place {
        case .address(let address): return address == 0 ? nil : (address, false)
        case .threadLocal(let offset): return (offset, true)
        default: return nil
        }
    }

    func frameBase(_ value: EntryValues.Value?) -> FrameBase {
        guard let value, value.isBlock, let part = expressionParts(value)?.first, !part.isIndirect else {
            return .unknown
        }
        switch part.place {
        case .canonicalFrameAddress(0): return .canonicalFrameAddress
        case .register(let number): return Self.register(number).map { .register($0, 0) } ?? .unknown
        case .base(let number, let offset): return Self.register(number).map { .register($0, offset) } ?? .unknown
        default: return .unknown
        }
    }

    /// DWARF's number of a general register as instructions number it (psABI AMD64, figure 3.36: rax, rdx, rcx, rbx, rsi,
    /// rdi, rbp, rsp, r8 …; instructions: rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 …); nil of others.
    private static func register(_ number: UInt64) -> UInt8? {
        number < 16 ? registers[Int(number)] : nil
    }

    private static let registers: [UInt8] = [0, 2, 1, 3, 6, 7, 5, 4, 8, 9, 10, 11, 12, 13, 14, 15]

    private mutating func add(
        _ parts: [LocationExpression.Part], _ low: UInt64, _ high: UInt64, _ variable: Variable, _ entry: UInt64
    ) {
        for part in parts {
            var place = UnitScan.Place(
                low: low, length: UInt32(clamping: high - low), function: variable.function, link: variable.link,
                displacement: 0, kind: .stack, register: 0, isIndirect: part.isIndirect, part: part.offset)
            var displacement: Int64 = 0
            switch part.place {
            case .register(let number):
                guard let register = Self.register(number) else { continue }
                place.kind = .register
                place.register = register
            case .base(let number, let offset):
                guard let register = Self.register(number) else { continue }
                place.kind = .base
                place.register = register
                displacement = offset
            case .frame(let offset):
                switch frameBases[Int(variable.function)] {
                case .canonicalFrameAddress: displacement = offset &+ 8
                case .register(let register, let more):
                    place.kind = .base
                    place.register = register
                    displacement = offset &+ more
                case .unknown: continue
                }
            case .canonicalFrameAddress(let offset): displacement = offset &+ 8
            case .entryValue(let number):
                noteEntry(variable, Self.register(number), isByReference: false)
                continue
            case .address, .threadLocal: continue
            }
            guard let bytes = Int32(exactly: displacement) else { continue }
            place.displacement = bytes
            scan.places.append(place)
            guard variable.parameter >= 0, part.offset < 0 else { continue }
            if part.isIndirect, place.kind != .register { noteEntry(variable, nil, isByReference: true) }
            if low == entry {
                if place.kind == .register { noteEntry(variable, place.register, isByReference: part.isIndirect) }
                if place.kind == .base, bytes == 0, place.register != 4, place.register != 5 {
                    noteEntry(variable, place.register, isByReference: true)
                }
            }
        }
    }

    /// Notes in which register a parameter comes.
    private mutating func noteEntry(_ variable: Variable, _ register: UInt8?, isByReference: Bool) {
        guard variable.parameter >= 0 else { return }
        let index = Int(variable.parameter)
        if let register, scan.parameters[index].register == .max { scan.parameters[index].register = register }
        if isByReference { scan.parameters[index].isByReference = true }
    }
}
