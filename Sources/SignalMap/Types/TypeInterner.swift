/// Makes a `TypeTable` in which each type stands once.
struct TypeInterner {
    private(set) var table = TypeTable()
    private var index: [TypeTable.Shape: TypeID] = [.unknown: .unknown]
    /// Pointers by what they point to, 0 where there is none yet: most types are these.
    private var pointers: [UInt32] = [0]
    private var prototypes: [TypeTable.Prototype: UInt32] = [:]

    mutating func type(_ shape: TypeTable.Shape) -> TypeID {
        if case .pointer(let target) = shape { return pointer(to: target) }
        if let known = index[shape] { return known }
        let type = append(shape)
        index[shape] = type
        return type
    }

    mutating func pointer(to target: TypeID) -> TypeID {
        let known = pointers[Int(target.index)]
        if known != 0 { return TypeID(index: known) }
        let type = append(.pointer(target))
        pointers[Int(target.index)] = type.index
        return type
    }

    private mutating func append(_ shape: TypeTable.Shape) -> TypeID {
        let type = TypeID(index: UInt32(truncatingIfNeeded: table.shapes.count))
        table.shapes.append(shape)
        pointers.append(0)
        return type
    }

    mutating func prototype(_ prototype: TypeTable.Prototype) -> TypeID {
        if let known = prototypes[prototype] { return type(.function(known)) }
        let number = UInt32(truncatingIfNeeded: table.prototypes.count)
        table.prototypes.append(prototype)
        prototypes[prototype] = number
        return type(.function(number))
    }

    /// A structure whose members come later.
    mutating func addStructure(_ structure: TypeTable.Structure) -> UInt32 {
        let number = UInt32(truncatingIfNeeded: table.structures.count)
        table.structures.append(structure)
        _ = type(.structure(number))
        return number
    }

    mutating func setMembers(_ members: [TypeTable.Member], of structure: UInt32) {
        table.structures[Int(structure)].members = members
    }

    mutating func setMember(_ member: Int, of structure: UInt32, type: TypeID) {
        table.structures[Int(structure)].members[member].type = type
    }

    mutating func setByReference(_ structure: UInt32) {
        table.structures[Int(structure)].isPassedByReference = true
    }

    /// Every structure gets a type that points to it, also where only other structures hold it by value: code forms the
    /// addresses of such members.
    mutating func finish() -> TypeTable {
        for index in table.shapes.indices {
            if case .structure = table.shapes[index] {
                _ = pointer(to: TypeID(index: UInt32(truncatingIfNeeded: index)))
            }
        }
        table.indexPrefixes()
        return table
    }
}
