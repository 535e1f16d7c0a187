/// Access paths as people write them: `param0->connection(WT_SESSION_IMPL).async(WT_CONNECTION_IMPL).flush_cond`.
struct PathDescription {
    let table: PathTable
    let types: BinaryTypes
    let binary: BinaryFile?

    init(_ table: PathTable, _ types: BinaryTypes = BinaryTypes(), binary: BinaryFile? = nil) {
        self.table = table
        self.types = types
        self.binary = binary
    }

    func describe(_ value: Value) -> String { describe(value.path) }

    func describe(_ path: PathID) -> String { describe(path, 0) }

    private func describe(_ path: PathID, _ depth: Int) -> String {
        let node = table[path]
        if depth > 12 { return "…" }
        switch node.kind {
        case .unknown: return "?"
        case .number: return String(node.value)
        case .address: return address(node.value)
        case .symbol: return table.symbols[Int(node.base.index)] + offset(node.value)
        case .parameter: return "param\(node.value)"
        case .stack: return "stack" + offset(node.value)
        case .threadLocal: return threadLocal(node)
        case .field: return "&" + member(node, depth)
        case .element: return "&" + describe(node.base, depth + 1) + "[]" + typed(node.type) + offset(node.value)
        case .load: return load(node, depth)
        case .result: return "result@" + hex(node.value)
        case .opaque: return "opaque\(node.base.index)@" + hex(node.value)
        case .alternatives: return "{" + list(path, depth, separator: " | ") + "}"
        case .derived: return "f(" + list(path, depth, separator: ", ") + ")"
        case .comparison: return comparison(path, depth)
        }
    }

    private func list(_ path: PathID, _ depth: Int, separator: String) -> String {
        table.members(path).map { describe($0, depth + 1) }.joined(separator: separator)
    }

    private func hex(_ value: Int64) -> String { "0x" + String(UInt64(bitPattern: value), radix: 16) }

    private func offset(_ value: Int64) -> String {
        value == 0 ? "" : value < 0 ? String(value) : "+\(value)"
    }

    private func typed(_ type: TypeID) -> String { name(of: type).map { "(\($0))" } ?? "" }

    private func name(of type: TypeID) -> String? {
        types.table.structure(type).map { types.table.structures[Int($0)].name }
    }

    private func address(_ value: Int64) -> String {
        let address = UInt64(bitPattern: value)
        if let (global, inside) = types.global(holding: address) {
            return global.name
                + (member(at: Int64(clamping: inside), in: global.type) ?? offset(Int64(clamping: inside)))
        }
        guard let binary else { return hex(value) }
        let symbols = binary.symbols
        let low = symbols.partition { $0.address <= address }
        guard low > 0 else { return hex(value) }
        let symbol = symbols[low - 1]
        let inside = address - symbol.address
        return inside < max(symbol.size, 1) ? symbol.name + offset(Int64(clamping: inside)) : hex(value)
    }

    private func threadLocal(_ node: AccessPath) -> String {
        if node.base.isKnown { return "thread:" + table.symbols[Int(node.base.index) - 1] + offset(node.value) }
        if let variable = types.threadLocals.first(where: { Int64(clamping: $0.address) == node.value }) {
            return "thread:" + variable.name
        }
        return "thread" + (node.value < 0 ? String(node.value) : "+\(node.value)")
    }

    /// What is at an offset of a pointer.
    private func member(_ node: AccessPath, _ depth: Int) -> String {
        let base = describe(node.base, depth + 1)
        if let member = member(at: node.value, in: node.type) { return base + arrow(node.base) + member.dropFirst() }
        return base + arrow(node.base) + "[\(node.value)]"
    }

    /// After a root an arrow, after a member a dot.
    private func arrow(_ base: PathID) -> String {
        switch table[base].kind {
        case .load, .field, .element: "."
        default: "->"
        }
    }

    private func load(_ node: AccessPath, _ depth: Int) -> String {
        switch table[node.base].kind {
        case .address, .symbol, .threadLocal:
            if node.value == 0 { return "*" + describe(node.base, depth + 1) }
        case .element, .stack:
            if node.value == 0, !node.type.isKnown || table[node.base].kind == .element {
                return "*" + describe(node.base, depth + 1)
            }
        default: break
        }
        let type = name(of: node.type).map { "(\($0))" } ?? ""
        return member(node, depth) + type
    }

    private func member(at offset: Int64, in type: TypeID) -> String? {
        guard offset >= 0, type.isKnown else { return nil }
        let leaf = types.table.leaf(at: UInt64(offset), in: type)
        guard let key = leaf.members.first else { return nil }
        let member = types.table.structures[Int(key.structure)].members[Int(key.member)]
        return "." + (member.name.isEmpty ? "\(offset)" : member.name)
    }

    private func comparison(_ path: PathID, _ depth: Int) -> String {
        guard let comparison = table.comparison(path) else { return "?" }
        return "(" + describe(comparison.left, depth + 1) + " " + Self.sign(comparison.condition, comparison.isMask)
            + " "
            + describe(comparison.right, depth + 1) + ")"
    }

    /// As in C, of the jump's condition (Intel SDM, volume 1, appendix B.1); "&" before it where bits are tested.
    static func sign(_ condition: UInt8, _ isMask: Bool) -> String {
        let signs = ["o", "no", "<u", ">=u", "==", "!=", "<=u", ">u", "s", "ns", "p", "np", "<", ">=", "<=", ">"]
        return (isMask ? "&" : "") + (condition < 16 ? signs[Int(condition)] : "?")
    }
}
