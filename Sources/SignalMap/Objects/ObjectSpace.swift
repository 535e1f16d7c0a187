/// The identities of one binary or of several, made comparable: members agree by the names of structure and member and
/// the offset, variables by symbol or, within one binary, by address.
struct ObjectSpace {
    struct Member: Hashable {
        var structure: String
        var name: String
        var offset: UInt64
    }

    /// A cell that holds a pointer.
    enum Cell: Hashable {
        case member(UInt32)
        case variable(Int32, UInt64)
        case symbol(UInt32)
    }

    /// What a cell may point to.
    enum Source: Hashable {
        /// Binary, outermost call or 0, low half of the address of the allocator's call.
        case fresh(Int32, UInt64, UInt32)
        case held(Cell)
        case inside(UInt32)
        case global(Int32, UInt64)
        case symbol(UInt32, Int64)
        case stack(Int32, Int32)
        case unknown
    }

    private(set) var binaries: Int32 = 0
    private var memberTable = InternTable<Member>()
    private var setTable = InternTable<[UInt32]>()
    private var nameTable = InternTable<String>()
    var members: [Member] { memberTable.values }
    var sets: [[UInt32]] { setTable.values }
    var names: [String] { nameTable.values }
    /// Some may stand there twice.
    private var sources: [Cell: [Source]] = [:]
    private var closures: [Cell: Set<Source>] = [:]
    /// Stored where the place is not known.
    private(set) var lost: Set<Source> = []

    init() {}

    mutating func addBinary() -> Int32 {
        binaries += 1
        return binaries - 1
    }

    mutating func member(_ member: Member) -> UInt32 { memberTable.intern(member) }

    mutating func keySet(_ keys: [UInt32]) -> UInt32? {
        let sorted = Array(Set(keys)).sorted()
        return sorted.isEmpty ? nil : setTable.intern(sorted)
    }

    mutating func name(_ text: String) -> UInt32 { nameTable.intern(text) }

    mutating func add(_ source: Source, to cell: Cell) {
        add([source], to: cell)
    }

    mutating func add(_ all: [Source], to cell: Cell) {
        sources[cell, default: []] += all
        closures = [:]
    }

    mutating func addLost(_ source: Source) { if source != .unknown { lost.insert(source) } }

    /// All that a cell may hold, with other cells replaced by what they hold; unknown where no store was seen.
    mutating func closure(_ cell: Cell) -> Set<Source> {
        if let known = closures[cell] { return known }
        let found = heldClosure(of: cell, in: sources, unknown: .unknown) { source in
            if case .held(let other) = source { other } else { nil }
        }
        closures[cell] = found
        return found
    }
}

extension ObjectSpace {
    /// Takes in the sources of a binary that was just analysed; returns its number.
    mutating func add(_ analysis: ObjectAnalysis) -> Int32 {
        let binary = addBinary()
        for (cell, all) in analysis.sources.stored {
            let place = self.cell(cell, analysis, binary)
            for source in all { add(self.source(analysis.sources.source(source), analysis, binary), to: place) }
            // What another binary's function does with it is not known here.
            if case .member(let key) = cell, analysis.sources.handed[key.structure] != nil { add(.unknown, to: place) }
        }
        for source in analysis.sources.lost {
            addLost(self.source(analysis.sources.source(source), analysis, binary))
        }
        return binary
    }

    private mutating func member(_ key: MemberKey, _ analysis: ObjectAnalysis) -> UInt32 {
        let structure = analysis.types.table.structures[Int(key.structure)]
        let member = structure.members[Int(key.member)]
        return self.member(Member(structure: structure.name, name: member.name, offset: member.offset))
    }

    private mutating func cell(_ cell: PointerSources.Cell, _ analysis: ObjectAnalysis, _ binary: Int32) -> Cell {
        switch cell {
        case .member(let key): .member(member(key, analysis))
        case .variable(let address):
            if let variable = analysis.names.variable(holding: address), variable.isExported,
                variable.address == address
            {
                .symbol(name(variable.name))
            } else {
                .variable(binary, address)
            }
        }
    }

    private mutating func source(
        _ source: PointerSources.Source, _ analysis: ObjectAnalysis, _ binary: Int32
    ) -> Source {
        switch source {
        case .fresh(let outer, let inner): .fresh(binary, outer, UInt32(truncatingIfNeeded: inner))
        case .held(let cell): .held(self.cell(cell, analysis, binary))
        case .inside(let key): .inside(member(key, analysis))
        case .global(let address):
            if let variable = analysis.names.variable(holding: address), variable.isExported {
                .symbol(name(variable.name), Int64(clamping: address - variable.address))
            } else {
                .global(binary, address)
            }
        case .symbol(let text, let offset): .symbol(name(text), offset)
        case .stack(let function): .stack(binary, function)
        case .unknown: .unknown
        }
    }

    /// An identity of a binary that was added, in the terms of this space.
    mutating func identity(_ identity: Identity, of analysis: ObjectAnalysis, _ binary: Int32) -> Identity {
        var hops = identity.hops
        for index in hops.indices {
            if let keys = hops[index].keys {
                hops[index].keys = keySet(analysis.members.sets[Int(keys)].map { member($0, analysis) })
            }
            if let name = hops[index].name {
                hops[index].name = self.name(analysis.identities.table.names[Int(name)])
            }
            hops[index].binary = binary
        }
        return Identity(hops: hops)
    }
}
