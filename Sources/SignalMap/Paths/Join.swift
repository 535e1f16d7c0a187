/// What is known where two ways meet.
enum Join {
    /// Alternatives are kept up to this many; more where all are functions of this binary.
    static let limit = 4
    static let functionLimit = 16

    /// `slot` is the place that both are in, at the block at `address` that was looked at `visits` times.
    static func join(
        _ a: Value, _ b: Value, _ slot: UInt32, _ address: UInt64, _ visits: Int32, _ table: inout PathTable,
        _ memory: borrowing KnownMemory, _ view: borrowing TypeView
    ) -> Value {
        let type = type(a, b, table, view)
        if a.path == b.path { return Value(path: a.path, type: type) }
        if !a.path.isKnown || !b.path.isKnown { return .unknown }
        if let some = notNull(a, b, table) { return Value(path: some.path, type: type) }
        let own = AccessPath(kind: .opaque, base: PathID(index: slot), value: Int64(bitPattern: address))
        let ownPath = table.intern(own)
        if a.path == ownPath || slot == UInt32(Interpreter.stackPointer) { return Value(path: ownPath, type: type) }
        let limit = areFunctions(a.path, table, memory) && areFunctions(b.path, table, memory) ? functionLimit : limit
        var steps = stepLimit
        guard visits <= 2 || limit == functionLimit, !holds(ownPath, b.path, table, &steps) else {
            return Value(path: ownPath, type: type)
        }
        let joined = table.set(.alternatives, a.path, b.path, atMost: limit)
        return Value(path: joined.isKnown ? joined : ownPath, type: type)
    }

    /// One of two, without a loop in between.
    static func either(
        _ a: Value, _ b: Value, _ table: inout PathTable, _ memory: borrowing KnownMemory,
        _ view: borrowing TypeView
    ) -> Value {
        let type = type(a, b, table, view)
        if a.path == b.path { return Value(path: a.path, type: type) }
        if let some = notNull(a, b, table) { return Value(path: some.path, type: type) }
        let limit = areFunctions(a.path, table, memory) && areFunctions(b.path, table, memory) ? functionLimit : 6
        return Value(path: table.set(.alternatives, a.path, b.path, atMost: limit), type: type)
    }

    private static func type(
        _ a: Value, _ b: Value, _ table: PathTable, _ view: borrowing TypeView
    ) -> TypeID {
        if a.type == b.type { return a.type }
        if isNull(b.path, table) { return a.type }
        if isNull(a.path, table) { return b.type }
        if a.type.isKnown, b.type.isKnown { return view.common(a.type, b.type) }
        return .unknown
    }

    private static func isNull(_ path: PathID, _ table: PathTable) -> Bool {
        let node = table[path]
        return node.kind == .number && node.value == 0
    }

    /// A null pointer is never dereferenced: the other one is meant. Not where the other is surely not null, because
    /// then both values matter; what is loaded, passed in or returned stands for null too.
    private static func notNull(_ a: Value, _ b: Value, _ table: PathTable) -> Value? {
        for (null, other) in [(a, b), (b, a)] where isNull(null.path, table) {
            switch table[other.path].kind {
            case .load, .parameter, .result, .opaque, .field, .element: return other
            default: return nil
            }
        }
        return nil
    }

    private static func areFunctions(_ path: PathID, _ table: PathTable, _ memory: borrowing KnownMemory) -> Bool {
        let node = table[path]
        switch node.kind {
        case .address: return memory.isCode(UInt64(bitPattern: node.value))
        case .symbol: return true
        case .alternatives:
            for member in table.members(path) where !areFunctions(member, table, memory) { return false }
            return true
        default: return false
        }
    }

    /// More of a path is not searched.
    private static let stepLimit = 64

    /// Whether a path is made of another one, or too large to tell.
    private static func holds(_ part: PathID, _ path: PathID, _ table: PathTable, _ steps: inout Int) -> Bool {
        if path == part { return true }
        // Parts have lower places.
        if path < part { return false }
        steps -= 1
        if steps <= 0 { return true }
        let node = table[path]
        switch node.kind {
        case .field, .element, .load: return holds(part, node.base, table, &steps)
        case .comparison: return holds(part, node.base, table, &steps) || holds(part, node.other, table, &steps)
        case .alternatives, .derived:
            for member in table.members(path) where holds(part, member, table, &steps) { return true }
            return false
        default: return false
        }
    }
}
