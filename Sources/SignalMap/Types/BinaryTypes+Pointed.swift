extension BinaryTypes {
    /// What a pointer points to, by its own type or that of the variable or member whose address it is.
    func pointed(by value: Value, _ paths: PathTable) -> TypeID {
        let type = table.pointee(value.type)
        if table.structure(type) != nil { return type }
        let node = paths[value.path]
        switch node.kind {
        case .address:
            guard let (global, offset) = global(holding: UInt64(bitPattern: node.value)) else { return .unknown }
            if offset == 0 { return global.type }
            return table.nested(at: offset, in: global.type)
        case .field where node.type.isKnown && node.value >= 0:
            return table.nested(at: UInt64(node.value), in: node.type)
        default: return .unknown
        }
    }
}

extension TypeTable {
    /// A structure and all that lie in it; `isNew` is false of those that were gone through before, with what is in them.
    func walk(_ structure: UInt32, _ isNew: (UInt32) -> Bool) {
        var open = [structure]
        while let one = open.popLast() {
            guard Int(one) < structures.count, isNew(one) else { continue }
            for member in structures[Int(one)].members {
                if let inner = self.structure(member.type) { open.append(inner) }
            }
        }
    }

    /// The members of a structure that are none themselves, with those of the structures in it: where they begin, in
    /// bytes from its start, and how many bytes they have. Of an array its first element; of more than `most` none.
    func leaves(of structure: UInt32, most: Int) -> [(offset: UInt64, size: UInt64)]? {
        var found: [(offset: UInt64, size: UInt64)] = []
        var open: [(structure: UInt32, offset: UInt64, depth: Int)] = [(structure, 0, 0)]
        while let one = open.popLast() {
            guard Int(one.structure) < structures.count, one.depth < 16 else { return nil }
            for member in structures[Int(one.structure)].members {
                let offset = one.offset &+ member.offset
                if let inner = self.structure(member.type) {
                    open.append((inner, offset, one.depth + 1))
                } else {
                    found.append((offset, size(of: member.type)))
                }
                if found.count + open.count > most { return nil }
            }
        }
        return found
    }
}
