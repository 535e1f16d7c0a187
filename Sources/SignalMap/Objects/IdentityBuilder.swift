/// Makes identities of access paths.
final class IdentityBuilder {
    private unowned let analysis: ObjectAnalysis
    private let members: MemberTable
    var table = IdentityTable()
    /// The identity of which nothing is known.
    private(set) lazy var unknown = table.intern(.unknown)
    private var memo: [Key: [Int32]] = [:]

    private struct Key: Hashable {
        var path: PathID
        var pointee: TypeID
        var function: Int32
        var isObject: Bool
    }

    init(_ analysis: ObjectAnalysis) {
        self.analysis = analysis
        members = analysis.members
    }

    /// The identities that an address may mean in a function, at least one. `pointee` is what it points to, where that
    /// is known. `isObject`: it is that of an object of the library's, which only a member of such a type can be as a
    /// whole.
    func identities(of path: PathID, _ pointee: TypeID, in function: Int, isObject: Bool) -> [Int32] {
        let key = Key(path: path, pointee: pointee, function: Int32(function), isObject: isObject)
        if let known = memo[key] { return known }
        var found: [Int32] = []
        for path in analysis.returned.resolve(path) {
            // Nobody waits on a null pointer.
            if analysis.paths[path].kind == .number { continue }
            let identity = table.intern(
                identity(of: path, pointee, in: function, isObject: isObject))
            if !found.contains(identity) { found.append(identity) }
        }
        if found.isEmpty { found = [table.intern(.unknown)] }
        memo[key] = found
        return found
    }

    /// Of an object of the library's.
    func identities(of value: Value, in function: Int) -> [Int32] {
        identities(of: value.path, analysis.types.table.pointee(value.type), in: function, isObject: true)
    }

    /// Of one path without alternatives.
    private func identity(of path: PathID, _ pointee: TypeID, in function: Int, isObject: Bool) -> Identity {
        var hops: [Identity.Hop] = []
        var path = path
        // Whether the last hop says where the object begins in what `path` points to.
        var isPlaced = false
        // Whether the last hop is what a pointer was read from.
        var isPointed = false
        var depth = 0
        func pointed(_ type: TypeID) -> Identity.Hop { hop(.member, members.place(0, in: type), 0, isObject) }
        while depth <= PathTable.maximalDepth {
            depth += 1
            let node = analysis.paths[path]
            switch node.kind {
            case .field, .element:
                let found = analysis.place(of: path)
                if found.isElement, let root = elementRoot(found, function, isObject && hops.isEmpty) {
                    return Identity(hops: hops + [root])
                }
                // A structure in a structure: its place says which, and not what it begins with.
                if hops.last?.kind == .member, !isPointed {
                    hops.append(Identity.Hop(kind: .member, offset: found.offset))
                } else {
                    place(&hops, .member, found.member, found.offset, isObject && hops.isEmpty)
                }
                isPlaced = true
                isPointed = false
                path = found.base
            case .load:
                if hops.isEmpty && !isPlaced { hops.append(pointed(loadType(pointee, node))) }
                let address = analysis.paths.place(ofLoad: path)
                switch analysis.paths[address].kind {
                case .field, .element:
                    let found = analysis.place(of: address)
                    if found.isElement, let root = elementRoot(found, function, false) {
                        return Identity(hops: hops + [pointerHop(found.member, found.offset), root])
                    }
                    place(&hops, .pointer, found.member, found.offset, false)
                    path = found.base
                case .address, .symbol, .stack, .threadLocal:
                    let root = self.root(address, function, false)
                    var pointer = Identity.Hop(kind: .pointer)
                    pointer.keys = root.keys
                    pointer.isWhole = root.isWhole || root.kind == .global
                    return Identity(hops: hops + [pointer, root])
                default:
                    place(&hops, .pointer, members.place(0, in: node.type), 0, false)
                    path = address
                }
                isPlaced = false
                isPointed = true
            default:
                let root = self.root(path, function, isObject && hops.isEmpty)
                let isFixed = [.global, .threadLocal].contains(root.kind)
                if hops.isEmpty && !isFixed && !(root.kind == .stack && (root.keys != nil || root.isWhole)) {
                    hops.append(pointed(pointee))
                }
                return Identity(hops: hops + [root])
            }
        }
        return Identity(hops: hops + [.unknown])
    }

    /// What a pointer points to, by its own type or by that of the cell that it was read from.
    private func loadType(_ pointee: TypeID, _ node: AccessPath) -> TypeID {
        let cell = analysis.types.table.pointee(members.place(node.value, in: node.type).type)
        if analysis.types.table.structure(pointee) != nil || !cell.isKnown { return pointee }
        return analysis.types.table.structure(cell) != nil || !pointee.isKnown ? cell : pointee
    }

    // MARK: Hops

    private func hop(
        _ kind: Identity.Kind, _ place: MemberTable.Place, _ offset: Int64, _ isObject: Bool
    ) -> Identity.Hop {
        var hop = Identity.Hop(kind: kind)
        hop.keys = place.keys
        hop.isWhole = place.isWhole && (!isObject || place.isSynchronization || place.isBare)
        hop.offset = offset
        return hop
    }

    private func place(
        _ hops: inout [Identity.Hop], _ kind: Identity.Kind, _ place: MemberTable.Place, _ offset: Int64,
        _ isObject: Bool
    ) {
        hops.append(kind == .pointer ? pointerHop(place, offset) : hop(kind, place, offset, isObject))
        for keys in place.outer {
            var outer = Identity.Hop(kind: .member)
            outer.keys = keys
            outer.isWhole = true
            hops.append(outer)
        }
    }

    /// A member is the pointer itself only when it is known to be a pointer.
    private func pointerHop(_ place: MemberTable.Place, _ offset: Int64) -> Identity.Hop {
        var hop = Identity.Hop(kind: .pointer)
        hop.keys = place.keys
        hop.offset = offset
        if case .pointer = analysis.types.table.shape(place.type) { hop.isWhole = place.isWhole }
        return hop
    }

    // MARK: Roots

    private func root(_ path: PathID, _ function: Int, _ isObject: Bool) -> Identity.Hop {
        let node = analysis.paths[path]
        var hop = Identity.Hop(kind: .unknown)
        switch node.kind {
        case .address: hop = global(UInt64(bitPattern: node.value), isObject)
        case .symbol:
            hop.kind = .global
            let name = analysis.paths.symbols[Int(node.base.index)]
            if let address = analysis.names.exportedVariables[name] {
                hop = global(address &+ UInt64(bitPattern: node.value), isObject)
            } else {
                hop.name = table.name(name)
                hop.offset = node.value
            }
            hop.isSymbol = true
        case .stack:
            hop.kind = .stack
            hop.function = Int32(function)
            hop.offset = node.value
            if let place = local(node.value, function) {
                let member = self.hop(.stack, place, 0, isObject)
                hop.keys = member.keys
                hop.isWhole = member.isWhole
            }
        case .threadLocal:
            hop.kind = .threadLocal
            hop.offset = node.value
            if node.base.isKnown {
                hop.name = table.name(analysis.paths.symbols[Int(node.base.index) - 1])
                hop.isSymbol = true
            }
        case .parameter:
            hop.kind = .parameter
            hop.function = Int32(function)
            hop.offset = node.value
        case .result:
            guard let call = analysis.call(at: UInt64(bitPattern: node.value)),
                let allocator = analysis.returned.allocators[call]
            else { break }
            hop.kind = .allocation
            hop.function = analysis.functionOfCall[call]
            hop.offset = Int64(bitPattern: allocator)
            hop.address = analysis.returned.isHandedOn(call) ? 0 : UInt64(bitPattern: node.value)
        default: break
        }
        return hop
    }

    private func global(_ address: UInt64, _ isObject: Bool) -> Identity.Hop {
        var hop = Identity.Hop(kind: .global)
        hop.address = address
        if let (variable, offset) = analysis.types.global(holding: address) {
            let member = self.hop(.global, members.place(Int64(clamping: offset), in: variable.type), 0, isObject)
            hop.keys = member.keys
            hop.isWhole = member.isWhole
            hop.address = variable.address
            hop.offset = Int64(clamping: offset)
            hop.name = table.name(variable.name)
        }
        if let variable = analysis.names.variable(holding: address) {
            hop.address = variable.address
            hop.offset = Int64(clamping: address - variable.address)
            hop.name = table.name(variable.name)
            hop.isSymbol = variable.isExported
        }
        return hop
    }

    /// An element of a variable. Which one is known only where the address is that of a member of the first: an index
    /// may hide a constant, and then the address may lie in a neighbour.
    private func elementRoot(
        _ found: ObjectAnalysis.FoundPlace, _ function: Int, _ isObject: Bool
    ) -> Identity.Hop? {
        guard [.address, .symbol, .stack].contains(analysis.paths[found.base].kind) else { return nil }
        var hop = root(analysis.paths.plus(found.base, .unknown, found.offset), function, isObject)
        let isGlobal = hop.kind == .global
        hop.kind = .element
        if isGlobal {
            if isOfFirst(hop) { return hop }
            if hop.address != 0 || !hop.isSymbol {
                hop.address = hop.address &+ UInt64(bitPattern: hop.offset)
                hop.offset = 0
                hop.name = nil
                hop.isSymbol = false
            }
        }
        hop.keys = found.member.keys
        hop.isWhole = false
        return hop
    }

    /// The place is in the first element of an array of several structures.
    private func isOfFirst(_ hop: Identity.Hop) -> Bool {
        guard hop.name != nil, hop.address != 0, hop.offset >= 0,
            let (variable, offset) = analysis.types.global(holding: hop.address &+ UInt64(bitPattern: hop.offset)),
            case .array(let element, let count) = analysis.types.table.shape(variable.type)
        else { return false }
        return count ?? 0 >= Self.sureCount && offset < analysis.types.table.size(of: element)
            && analysis.types.table.structure(element) != nil
    }

    /// Indices into arrays hide smaller constants than this many elements, as a rule.
    private static let sureCount: UInt64 = 4

    /// What a local structure or array has at an offset from the stack pointer at entry.
    private func local(_ offset: Int64, _ function: Int) -> MemberTable.Place? {
        guard function < analysis.entries.count, let places = analysis.types.places[analysis.entries[function]] else {
            return nil
        }
        var found: MemberTable.Place?
        for place in places {
            guard case .stack(let start) = place.location, offset >= start else { continue }
            let size = Int64(clamping: analysis.types.table.size(of: place.type))
            guard offset - start < size else { continue }
            let member = members.place(offset - start, in: place.type)
            guard member.keys != nil || member.isBare else { continue }
            // Variables of different scopes share a place.
            if let found, found != member { return nil }
            found = member
        }
        return found
    }
}
