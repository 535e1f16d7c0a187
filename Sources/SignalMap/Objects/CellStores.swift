/// All writes to memory that others can see.
struct CellStores {
    /// By function and address.
    var stores: [CellStore] = []
    let analysis: ObjectAnalysis

    /// What is written.
    struct Write: Hashable {
        /// What callers can know of it: a number, a parameter that may be one for some caller, or unknown.
        var value: PathID
        var width: UInt8
        /// How what was there goes into it, and of changed bits which.
        var how: CodeFacts.Store.How
        var bits: Int64 = 0
        /// The call that hands the place to another binary's function; -1: it is a store.
        var handedBy: Int32 = -1
    }

    /// A write through a pointer that callers pass, into something without a structure.
    private struct Carried: Hashable {
        var parameter: Int64
        var write: Write
    }

    /// The store or call that a write counts at.
    struct Site {
        var function: Int
        /// In which paths are to be understood, where that is another one than the call's.
        var origin: Int?
        var block: Int32
        var address: UInt64
    }

    /// By function, each once: what its callees do through its parameters is its own.
    private var carried: [[Carried]]
    private var open: [(function: Int32, carried: Carried)] = []
    /// Stores of pointers to members of a structure, by the structure.
    var pointerStores: [UInt32: [(function: Int, store: Int)]]?
    /// How often a store was carried to a caller: the work that was done.
    private(set) var steps = 0

    /// The values of more stores of a function are not told.
    private static let maximalValues = 16
    private static let maximalCallers = 512

    init(_ analysis: ObjectAnalysis) {
        self.analysis = analysis
        carried = [[Carried]](repeating: [], count: analysis.facts.functions.count)
        stores.reserveCapacity(analysis.facts.stores.count)
        for (function, fact) in analysis.facts.functions.enumerated() {
            for index in fact.stores { add(analysis.facts.stores[index], function) }
            for index in fact.stores { keep(analysis.facts.stores[index], function) }
            for call in fact.calls {
                addWrites(of: call, function)
                addKeptWrites(of: call, function)
                keepHanded(by: call, function)
            }
        }
        keepParameters()
        keepData()
        while let (function, carried) = open.popLast() {
            let callers = analysis.callers(of: Int(function))
            guard callers.count <= Self.maximalCallers else { continue }
            for call in callers { carry(carried, to: Int(call)) }
        }
        carried = []
        sortOnce()
    }

    /// Callees may do the same in several ways.
    private mutating func sortOnce() {
        stores.sort { $0.order < $1.order }
        var unique: [CellStore] = []
        unique.reserveCapacity(stores.count)
        for store in stores where unique.last != store { unique.append(store) }
        stores = unique
    }

    private mutating func add(_ store: CodeFacts.Store, _ function: Int) {
        if isLocal(store.place) { return }
        let write = Write(value: store.value.path, width: store.width, how: store.how, bits: store.bits)
        add(write, to: store.place, store.type, Site(function: function, block: store.block, address: store.address))
    }

    private mutating func add(_ write: Write, to place: PathID, _ type: TypeID, _ site: Site) {
        emit(write, to: place, type, site)
        leave(write, to: place, type, site.function)
    }

    /// What callers know better is carried to them.
    private mutating func leave(_ write: Write, to place: PathID, _ type: TypeID, _ function: Int) {
        guard analysis.types.table.structure(type) == nil || analysis.members.isSynchronization(type) else { return }
        for path in analysis.paths.expand(place) {
            let node = analysis.paths[path]
            guard node.kind == .parameter else { continue }
            var one = Carried(parameter: node.value, write: write)
            let kind = analysis.paths[write.value].kind
            if kind != .number && kind != .parameter { one.write.value = .unknown }
            if carried[function].contains(one) { continue }
            if carried[function].count >= Self.maximalValues {
                one.write.value = .unknown
                one.write.handedBy = -1
                if write.how.isModification { (one.write.how, one.write.bits) = (.modify, 0) }
                if carried[function].contains(one) { continue }
            }
            carried[function].append(one)
            open.append((Int32(function), one))
        }
    }

    private mutating func carry(_ carried: Carried, to call: Int) {
        let function = Int(analysis.functionOfCall[call])
        guard function >= 0 else { return }
        steps += 1
        let place = analysis.argument(carried.parameter, of: call)
        if isLocal(place.path) { return }
        var write = carried.write
        write.value = analysis.substitute(Value(path: write.value, type: .unknown), at: call).path
        add(write, to: place.path, analysis.types.table.pointee(place.type), site(of: call, function))
    }

    func site(of call: Int, _ function: Int, origin: Int? = nil) -> Site {
        let fact = analysis.facts.calls[call]
        return Site(function: function, origin: origin, block: fact.block, address: fact.address)
    }

    // MARK: Calls

    /// More members than this are written as one thing that is not known.
    static let maximalMembers = 256

    /// What functions of other binaries may write through the pointers that they are handed.
    private mutating func addWrites(of call: Int, _ function: Int) {
        let count = analysis.facts.calls[call].arguments.count
        switch analysis.callees[call] {
        case .outside:
            for index in 0..<count {
                add(writtenThrough: analysis.argument(Int64(index), of: call), by: call, function)
            }
        case .known(let place):
            let known = analysis.known[Int(place)].function
            if known.frees != nil { return }
            // What primitives do to their own objects is told by operations.
            let written = known.primitive == nil ? known.written.union(known.filled) : known.filled
            let name = analysis.known[Int(place)].name
            var value = PathID.unknown
            if name == "bzero" || name == "explicit_bzero" {
                value = analysis.paths.number(0)
            } else if name == "memset", count > 1 {
                // Any other byte gives a number that depends on the width.
                let byte = analysis.argument(1, of: call).path
                if analysis.paths[byte].kind == .number, analysis.paths[byte].value & 0xff == 0 {
                    value = analysis.paths.number(0)
                }
            }
            // Of "all arguments" some are leftovers in registers: only what the call itself took the address of counts.
            let isExact = !written.contains(31)
            for index in 0..<count where written.contains(index) {
                let argument = analysis.argument(Int64(index), of: call)
                add(writtenThrough: argument, by: call, function, value, addressesOnly: !isExact)
            }
        case .indirect:
            // Functions of this binary say themselves what they write; through a pointer to another binary's only cells
            // are handed that way, since structures would be too many.
            for index in 0..<count {
                let argument = analysis.argument(Int64(index), of: call)
                let isCell = analysis.paths.expand(argument.path).contains { path in
                    let type = cellType(at: path, argument)
                    return type.isKnown && analysis.types.table.structure(type) == nil
                }
                if isCell { add(writtenThrough: argument, by: call, function, addressesOnly: true) }
            }
        case .system:
            let known = systemCall(of: call)
            let written = known.map { $0.primitive == nil ? $0.written.union($0.filled) : $0.filled } ?? .from(0)
            for index in 0..<count where written.contains(index) {
                add(
                    writtenThrough: analysis.argument(Int64(index), of: call), by: call, function,
                    addressesOnly: written.contains(31))
            }
        case .function: break
        }
    }

    /// Whether a function has a parameter in this register, as far as that is known.
    func isTaken(_ parameter: Int64, by function: Int) -> Bool {
        guard function < analysis.entries.count, let known = analysis.types.functions[analysis.entries[function]] else {
            return true
        }
        return parameter >= 6 || parameter < Int64(known.registers.count)
    }

    mutating func add(
        writtenThrough pointer: Value, by call: Int, _ function: Int, _ value: PathID = .unknown,
        addressesOnly: Bool = false, origin: Int? = nil
    ) {
        let table = analysis.types.table
        let type = analysis.types.pointed(by: pointer, analysis.paths)
        if analysis.members.isSynchronization(type) { return }
        let site = site(of: call, function, origin: origin)
        let write = Write(
            value: value, width: UInt8(clamping: table.size(of: type)), how: value == .unknown ? .modify : .plain,
            handedBy: analysis.handedTo(by: call) == nil ? -1 : Int32(call))
        let structure = table.structure(type)
        for path in analysis.paths.expand(pointer.path) {
            let node = analysis.paths[path]
            switch node.kind {
            case .address where analysis.names.isConstant(UInt64(bitPattern: node.value)): continue
            case .field, .element, .address, .symbol, .threadLocal: break
            case .parameter: if addressesOnly || !isTaken(node.value, by: origin ?? function) { continue }
            // Where something else leads is worth following only where it is known to lead.
            case .load, .result: if addressesOnly || structure == nil { continue }
            default: continue
            }
            if isLocal(path) { continue }
            guard let structure else {
                if origin == nil { add(write, to: path, .unknown, site) } else { emit(write, to: path, .unknown, site) }
                continue
            }
            emit(write, toLeavesOf: structure, at: path, type, site)
        }
    }

    /// All members of a structure, or one thing that is not known where they are too many.
    mutating func emit(
        _ write: Write, toLeavesOf structure: UInt32, at path: PathID, _ type: TypeID, _ site: Site,
        kind: CellStore.Place? = nil
    ) {
        guard let leaves = analysis.types.table.leaves(of: structure, most: Self.maximalMembers) else {
            let lost = Write(value: .unknown, width: 0, how: .modify, handedBy: write.handedBy)
            return emit(lost, to: .unknown, .unknown, site, kind: kind)
        }
        for leaf in leaves {
            var write = write
            write.width = UInt8(clamping: leaf.size)
            let place = analysis.paths.plus(path, type, Int64(clamping: leaf.offset))
            emit(write, to: place, leaf.offset == 0 ? type : .unknown, site, kind: kind)
        }
    }

    /// A word on the function's own stack.
    func isLocal(_ place: PathID) -> Bool {
        let root = analysis.paths.root(place)
        return analysis.paths[root].kind == .stack && analysis.paths.loads(place) == 0
    }

    mutating func emit(
        _ write: Write, to place: PathID, _ type: TypeID, _ site: Site, kind: CellStore.Place? = nil
    ) {
        let number = analysis.paths[write.value]
        let isOfBits = write.how == .setBits || write.how == .clearBits
        let constant = isOfBits ? write.bits : number.kind == .number ? number.value : nil
        for identity in analysis.identities.identities(
            of: place, type, in: site.origin ?? site.function, isObject: false)
        {
            let hops = analysis.identities.table[identity].hops
            let first = hops[0]
            let isKnown = first.keys != nil || [.global, .element, .stack, .threadLocal].contains(first.kind)
            stores.append(
                CellStore(
                    address: site.address, function: Int32(site.function), block: site.block, identity: identity,
                    keys: first.keys, width: write.width, how: write.how, constant: constant,
                    kind: kind ?? (!isKnown && hops.last?.kind == .unknown ? .any : .one), handedBy: write.handedBy))
        }
    }
}
