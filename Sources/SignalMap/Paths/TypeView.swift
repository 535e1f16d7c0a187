/// What interpretation asks types for, by plain arrays; with a memory of what it asked. For one thread.
struct TypeView {
    let types: BinaryTypes
    /// Nothing is known of any type.
    let isEmpty: Bool
    private let pointees: [TypeID]
    private let structures: [Bool]
    private let sizes: [UInt64]
    private let pointers: [TypeID]

    private struct Answer {
        var type = TypeID.unknown
        var offset: UInt64 = .max
        var leaf = TypeID.unknown
        var nested = TypeID.unknown
    }
    private static let answerCount = 4096
    private var answers: [Answer]

    init(_ types: BinaryTypes) {
        self.types = types
        let shapes = types.table.shapes
        isEmpty = shapes.count < 2
        pointees = shapes.indices.map { types.table.pointee(TypeID(index: UInt32($0))) }
        structures = shapes.indices.map { types.table.structure(TypeID(index: UInt32($0))) != nil }
        sizes = shapes.indices.map { types.table.size(of: TypeID(index: UInt32($0))) }
        var pointers = [TypeID](repeating: .unknown, count: shapes.count)
        for (index, pointee) in pointees.enumerated() where pointee.isKnown && !pointers[Int(pointee.index)].isKnown {
            pointers[Int(pointee.index)] = TypeID(index: UInt32(index))
        }
        self.pointers = pointers
        answers = [Answer](repeating: Answer(), count: isEmpty ? 0 : Self.answerCount)
    }

    func pointee(_ type: TypeID) -> TypeID { isEmpty ? .unknown : pointees[Int(type.index)] }
    /// Also of arrays of structures.
    func isStructure(_ type: TypeID) -> Bool { !isEmpty && structures[Int(type.index)] }
    func size(_ type: TypeID) -> UInt64 { isEmpty ? 0 : sizes[Int(type.index)] }
    func isPointerToStructure(_ type: TypeID) -> Bool { isStructure(pointee(type)) }
    /// The type of a pointer to a type; unknown where debug information has none.
    func pointer(to type: TypeID) -> TypeID { isEmpty ? .unknown : pointers[Int(type.index)] }

    /// Of pointers to two structures, one of which begins with the other, that to the shorter one: what lies behind its
    /// end is looked for in those that begin with it.
    func common(_ a: TypeID, _ b: TypeID) -> TypeID {
        let first = pointee(a)
        let second = pointee(b)
        guard isStructure(first), isStructure(second) else { return .unknown }
        if begins(first, with: second) { return b }
        return begins(second, with: first) ? a : .unknown
    }

    private func begins(_ type: TypeID, with prefix: TypeID) -> Bool {
        var type = type
        for _ in 0..<8 {
            guard case .structure(let index) = types.table.shape(type),
                let first = types.table.structures[Int(index)].members.first, first.offset == 0
            else { return false }
            if first.type == prefix { return true }
            type = first.type
        }
        return false
    }

    /// The type of what lies at an offset of a structure.
    mutating func leaf(_ offset: Int64, in type: TypeID) -> TypeID {
        guard type.isKnown, offset >= 0, !isEmpty else { return .unknown }
        return answer(UInt64(offset), type).leaf
    }

    /// The type of a pointer to what begins at an offset of a structure.
    mutating func nestedPointer(_ offset: Int64, in type: TypeID) -> TypeID {
        guard type.isKnown, offset >= 0, !isEmpty else { return .unknown }
        return pointer(to: answer(UInt64(offset), type).nested)
    }

    private mutating func answer(_ offset: UInt64, _ type: TypeID) -> Answer {
        let mixed = AccessPath.mixed(UInt64(type.index) << 40 &+ offset)
        let slot = Int(truncatingIfNeeded: mixed) & (Self.answerCount - 1)
        if answers[slot].type == type, answers[slot].offset == offset { return answers[slot] }
        let answer =
            isStructure(type)
            ? Answer(
                type: type, offset: offset, leaf: types.table.leaf(at: offset, in: type).type,
                nested: types.table.nested(at: offset, in: type))
            : Answer(type: type, offset: offset, leaf: offset == 0 ? type : .unknown)
        answers[slot] = answer
        return answer
    }

    /// The type of what lies at a fixed address.
    mutating func leaf(at address: UInt64) -> TypeID {
        guard !isEmpty, let (global, offset) = types.global(holding: address) else { return .unknown }
        return leaf(Int64(clamping: offset), in: global.type)
    }

    /// The type of a pointer to what begins at a fixed address.
    mutating func pointer(at address: UInt64) -> TypeID {
        guard !isEmpty, let (global, offset) = types.global(holding: address) else { return .unknown }
        if isStructure(global.type) { return nestedOrWhole(Int64(clamping: offset), in: global.type) }
        return offset == 0 ? pointer(to: global.type) : .unknown
    }

    /// The type of a pointer to what begins at an offset of an object.
    mutating func nestedOrWhole(_ offset: Int64, in type: TypeID) -> TypeID {
        if offset == 0 { return pointer(to: element(type)) }
        return nestedPointer(offset, in: type)
    }

    /// What an array consists of; of other types themselves.
    func element(_ type: TypeID) -> TypeID {
        var type = type
        for _ in 0..<16 {
            guard case .array(let element, _) = types.table.shape(type) else { return type }
            type = element
        }
        return type
    }

    /// What a function that is reached through a pointer of a type returns.
    func result(ofPointer type: TypeID) -> TypeID {
        guard type.isKnown, !isEmpty, case .function(let prototype) = types.table.shape(pointee(type)),
            Int(prototype) < types.table.prototypes.count
        else { return .unknown }
        return types.table.prototypes[Int(prototype)].result
    }
}
