/// Finds the functions of one unit that hold given addresses, and the functions inlined there, without an index of
/// all others.
///
/// Two walks over the entries. The first looks at the unit's functions and stays outside of their bodies, and outside
/// of types: gcc and clang put the code of methods beside the type. Addresses that it leaves open (functions nested in
/// functions or, as swiftc has it, in types) take the second one, which enters everything.
struct FunctionWalk {
    let unit: DwarfUnit
    /// Sorted, unique.
    let addresses: [UInt64]
    /// Entries of range lists that may still be read.
    private var budget: Int

    init(unit: DwarfUnit, addresses: [UInt64]) {
        self.unit = unit
        self.addresses = addresses
        budget = unit.rangeBudget
    }

    /// An inlined call or, for the first of a chain, the function itself.
    struct Scope {
        /// Of the entry, into the unit's .debug_info.
        var entry: Int
        var callFile: UInt64 = 0
        var callLine: UInt64 = 0
        var callColumn: UInt64 = 0
    }

    /// No real chain of inlined calls is longer.
    private static let chainLimit = 256

    /// For each address the function that holds it and the calls inlined there, outermost first; empty without one.
    /// And where the unit's functions stand.
    mutating func chains() -> ([[Scope]], FunctionHomes) {
        var chains = [[Scope]](repeating: [], count: addresses.count)
        var homes = FunctionHomes(unit)
        findFunctions(&chains, &homes, enteringAll: false)
        if chains.contains(where: \.isEmpty) {
            var others = FunctionHomes(unit)
            findFunctions(&chains, &others, enteringAll: true)
        }
        // Functions one by one; the addresses in each.
        var positionsByEntry: [Int: [Int]] = [:]
        for (position, chain) in chains.enumerated() {
            if let function = chain.first { positionsByEntry[function.entry, default: []].append(position) }
        }
        for (entry, positions) in positionsByEntry { findInlined(in: entry, positions, &chains) }
        return (chains, homes)
    }

    /// What the walks read of an entry.
    private struct Entry {
        var low = AttributeValue()
        var high = AttributeValue()
        var list = AttributeValue()
        var sibling: UInt64 = 0
        var callFile: UInt64 = 0
        var callLine: UInt64 = 0
        var callColumn: UInt64 = 0
        var hasCode: Bool { low.isPresent || list.isPresent }

        @inline(__always)
        mutating func take(_ name: UInt16, _ value: AttributeValue) {
            switch name {
            case At.lowPC: low = value
            case At.highPC: high = value
            case At.ranges: list = value
            // References in the unit only: others cannot name a sibling.
            case At.sibling: sibling = value.form == Form.refAddr ? 0 : value.value
            case At.callFile: callFile = value.value
            case At.callLine: callLine = value.value
            case At.callColumn: callColumn = value.value
            default: break
            }
        }
    }

    private mutating func positions(_ entry: Entry, _ addresses: [UInt64]) -> [Int] {
        unit.positions(
            of: addresses, low: unit.address(entry.low), high: entry.high, list: entry.list, budget: &budget)
    }

    private mutating func findFunctions(_ chains: inout [[Scope]], _ homes: inout FunctionHomes, enteringAll: Bool) {
        let table = unit.abbreviations
        let encoding = unit.encoding
        let start = unit.header.offset
        var reader = ByteReader(unit.sections.info, at: unit.header.firstEntry, end: unit.header.end)
        var depth = 0
        // Entries deeper than this belong to one that is passed over.
        var wantedDepth = Int.max
        repeat {
            let offset = reader.position
            let code = reader.uleb()
            if code == 0 {
                depth -= 1
                if depth <= wantedDepth { wantedDepth = .max }
                homes.leave(depth: depth)
                continue
            }
            guard let index = table.index(of: code) else { return }
            let abbreviation = table.abbreviations[index]
            let isWanted = depth <= wantedDepth
            guard isWanted && abbreviation.tag == Tag.subprogram || abbreviation.hasSibling && abbreviation.hasChildren
            else {
                table.skip(abbreviation, &reader, encoding)
                if abbreviation.hasChildren {
                    if isWanted {
                        if enters(abbreviation.tag, all: enteringAll) {
                            homes.enter(offset, depth: depth)
                        } else {
                            wantedDepth = depth
                        }
                    }
                    depth += 1
                }
                continue
            }
            var entry = Entry()
            table.read(abbreviation, &reader, encoding) { entry.take($0, $1) }
            if isWanted, abbreviation.tag == Tag.subprogram {
                homes.add(offset)
                if entry.hasCode {
                    for position in positions(entry, addresses) where chains[position].isEmpty {
                        chains[position] = [Scope(entry: offset)]
                    }
                }
            }
            guard abbreviation.hasChildren else { continue }
            if isWanted, depth == 0 || enters(abbreviation.tag, all: enteringAll) {
                homes.enter(offset, depth: depth)
                depth += 1
                continue
            }
            let sibling = UInt64(start) &+ entry.sibling
            if entry.sibling != 0, sibling > UInt64(reader.position), sibling < UInt64(reader.end) {
                reader.seek(to: Int(sibling))
            } else {
                if isWanted { wantedDepth = depth }
                depth += 1
            }
        } while depth > 0 && !reader.isAtEnd
    }

    @inline(__always)
    private func enters(_ tag: UInt16, all: Bool) -> Bool {
        switch tag {
        case Tag.namespace, Tag.module, Tag.compileUnit: true
        case 0x3c, 0x4a: true  // DW_TAG_partial_unit, DW_TAG_skeleton_unit
        default: all
        }
    }

    /// Walks the body of one function for all addresses in it.
    private mutating func findInlined(in function: Int, _ positions: [Int], _ chains: inout [[Scope]]) {
        let table = unit.abbreviations
        let encoding = unit.encoding
        let start = unit.header.offset
        var reader = ByteReader(unit.sections.info, at: function, end: unit.header.end)
        guard let index = table.index(of: reader.uleb()), table.abbreviations[index].hasChildren else { return }
        table.skip(table.abbreviations[index], &reader, encoding)
        // The addresses in each entry that is open, outermost first, as positions.
        var open = [positions]
        var passedDepth = 0
        while !open.isEmpty, !reader.isAtEnd {
            let offset = reader.position
            let code = reader.uleb()
            if code == 0 {
                if passedDepth > 0 { passedDepth -= 1 } else { open.removeLast() }
                continue
            }
            guard let index = table.index(of: code) else { return }
            let abbreviation = table.abbreviations[index]
            guard abbreviation.hasChildren || abbreviation.tag == Tag.inlinedSubroutine else {
                table.skip(abbreviation, &reader, encoding)
                continue
            }
            var entry = Entry()
            table.read(abbreviation, &reader, encoding) { entry.take($0, $1) }
            if passedDepth == 0, isScope(abbreviation.tag) {
                let outer = open[open.count - 1]
                let inside =
                    entry.hasCode
                    ? self.positions(entry, outer.map { addresses[$0] }).map { outer[$0] }
                    : abbreviation.tag == Tag.inlinedSubroutine ? [] : outer
                if !inside.isEmpty {
                    if abbreviation.tag == Tag.inlinedSubroutine {
                        for position in inside where chains[position].count < Self.chainLimit {
                            chains[position].append(
                                Scope(
                                    entry: offset, callFile: entry.callFile, callLine: entry.callLine,
                                    callColumn: entry.callColumn))
                        }
                    }
                    if abbreviation.hasChildren { open.append(inside) }
                    continue
                }
            }
            guard abbreviation.hasChildren else { continue }
            let sibling = UInt64(start) &+ entry.sibling
            if entry.sibling != 0, sibling > UInt64(reader.position), sibling < UInt64(reader.end) {
                reader.seek(to: Int(sibling))
            } else {
                passedDepth += 1
            }
        }
    }

    private func isScope(_ tag: UInt16) -> Bool {
        switch tag {
        case Tag.inlinedSubroutine, Tag.lexicalBlock, Tag.tryBlock, Tag.catchBlock, Tag.withStatement: true
        default: false
        }
    }
}
