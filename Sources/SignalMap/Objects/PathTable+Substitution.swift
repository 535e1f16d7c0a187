// What callers know is put into the paths of their callees.
extension PathTable {
    /// More alternatives than these tell nothing: the value counts as unknown.
    static let maximalAlternatives = 16

    /// The path of what lies `offset` bytes behind `path`, which points to a `type`.
    mutating func plus(_ path: PathID, _ type: TypeID, _ offset: Int64) -> PathID {
        var node = self[path]
        switch node.kind {
        case .number, .address, .symbol, .stack, .threadLocal:
            node.value &+= offset
            return intern(node)
        case .field:
            node.value &+= offset
            return node.value == 0 ? node.base : intern(node)
        case .element:
            node.value &+= offset
            return intern(node)
        case .alternatives:
            if offset == 0 { return path }
            return set(.alternatives, alternatives(path).map { plus($0, type, offset) })
        case .parameter, .load, .result, .opaque:
            return offset == 0 ? path : intern(AccessPath(kind: .field, type: type, base: path, value: offset))
        default: return offset == 0 ? path : .unknown
        }
    }

    /// The address that a load reads, as a path.
    mutating func place(ofLoad path: PathID) -> PathID {
        let node = self[path]
        return plus(node.base, node.type, node.value)
    }

    /// What is in memory at an address; `type` is what the address points to.
    mutating func load(at place: PathID, _ type: TypeID) -> PathID {
        let node = self[place]
        switch node.kind {
        case .unknown, .derived, .number: return .unknown
        case .field: return intern(AccessPath(kind: .load, type: node.type, base: node.base, value: node.value))
        case .alternatives: return set(.alternatives, alternatives(place).map { load(at: $0, type) })
        default: return intern(AccessPath(kind: .load, type: type, base: place))
        }
    }

    /// How often memory is read on the way to a value.
    @inline(__always)
    func loads(_ path: PathID) -> Int {
        var count = 0
        var path = path
        while true {
            switch self[path].kind {
            case .load: count += 1
            case .field, .element: break
            default: return count
            }
            path = self[path].base
        }
    }

    /// The value hangs on a parameter and was not read from memory since: its callers say what it is.
    @inline(__always)
    func isLeftToCallers(_ path: PathID) -> Bool {
        self[root(path)].kind == .parameter && loads(path) == 0
    }

    /// The paths that a path with alternatives anywhere stands for; one that is unknown where they are too many.
    mutating func expand(_ path: PathID) -> [PathID] {
        let rootPath = root(path)
        guard self[rootPath].kind == .alternatives else { return [path] }
        let members = alternatives(rootPath)
        guard members.count <= Self.maximalAlternatives else { return [.unknown] }
        var expanded: [PathID] = []
        for member in members {
            let replaced = replaceRoot(rootPath, by: member, in: path)
            for one in expand(replaced) where !expanded.contains(one) { expanded.append(one) }
            if expanded.count > Self.maximalAlternatives { return [.unknown] }
        }
        return expanded
    }

    /// The same chain of steps from another root.
    mutating func replaceRoot(_ old: PathID, by new: PathID, in path: PathID) -> PathID {
        if path == old { return new }
        let node = self[path]
        switch node.kind {
        case .field, .load, .element: break
        default: return .unknown
        }
        let base = replaceRoot(old, by: new, in: node.base)
        switch node.kind {
        case .field: return plus(base, node.type, node.value)
        case .load: return load(at: plus(base, node.type, node.value), node.type)
        case .element: return element(of: base, node.type, node.value)
        default: return .unknown
        }
    }

    private mutating func element(of base: PathID, _ type: TypeID, _ value: Int64) -> PathID {
        guard base.isKnown else { return .unknown }
        return intern(AccessPath(kind: .element, type: type, base: base, value: value))
    }

    /// A callee's path with the arguments of a call in the place of its parameters. Types are the callee's where it has
    /// them, else the caller's.
    mutating func substitute(_ value: Value, _ types: TypeTable, _ argument: (Int64) -> Value) -> Value {
        let node = self[value.path]
        switch node.kind {
        case .parameter:
            let found = argument(node.value)
            return Value(path: found.path, type: types.better(found.type, value.type))
        case .field, .load, .element:
            let base = substitute(Value(path: node.base, type: .unknown), types, argument)
            guard base.path.isKnown else { return Value(path: .unknown, type: value.type) }
            if base.path == node.base { return value }
            let type = node.type.isKnown ? node.type : types.pointee(base.type)
            let path: PathID
            switch node.kind {
            case .field: path = plus(base.path, type, node.value)
            case .load: path = load(at: plus(base.path, type, node.value), type)
            default: path = element(of: base.path, type, node.value)
            }
            return Value(path: path, type: value.type)
        case .alternatives, .derived:
            let members = Array(sets[Int(node.base.index)])
            var substituted: [PathID] = []
            for member in members {
                substituted.append(substitute(Value(path: member, type: .unknown), types, argument).path)
            }
            return Value(path: set(node.kind, substituted), type: value.type)
        case .comparison:
            guard var compared = comparison(value.path) else { return .unknown }
            compared.left = substitute(Value(path: compared.left, type: .unknown), types, argument).path
            compared.right = substitute(Value(path: compared.right, type: .unknown), types, argument).path
            return Value(path: comparison(compared), type: value.type)
        default: return value
        }
    }
}

extension TypeTable {
    /// The one of two types of the same value that says more: a pointer to a structure before any other.
    func better(_ first: TypeID, _ second: TypeID) -> TypeID {
        if structure(pointee(first)) != nil || !second.isKnown { return first }
        if structure(pointee(second)) != nil || !first.isKnown { return second }
        return first
    }
}
