/// Which parameters come in which registers (psABI AMD64, section 3.2.3; for classes, Itanium C++ ABI, section 3.1).
struct CallingConvention {
    let table: TypeTable

    /// rdi, rsi, rdx, rcx, r8, r9, as instructions number them.
    static let argumentRegisters: [UInt8] = [7, 6, 2, 1, 8, 9]
    private static let vectorRegisters = 8

    struct Assignment: Equatable {
        /// Of the values in the argument registers.
        var registers: [TypeID] = []
        /// For each parameter its first register, as an index into `registers`; nil of those that come elsewhere.
        var first: [Int?] = []
    }

    /// The class of eight bytes.
    private enum Class {
        case none, integer, vector
    }

    /// How a parameter is handed over.
    private enum Passing {
        case integers([TypeID])
        case vectors
        case mixed(integers: [TypeID], vectors: Int)
        case memory
        case nothing
    }

    /// Whether a result of that type is written where the caller says.
    func returnsInMemory(_ result: TypeID) -> Bool {
        guard case .structure(let index) = table.shape(result) else { return false }
        let structure = table.structures[Int(index)]
        if structure.isPassedByReference || structure.size > 16 { return true }
        return classes(of: result, size: structure.size) == nil
    }

    /// `hidden` is the type of the pointer to the result, for those that are returned in memory; parameters that are
    /// known to come by reference are named by `byReference` with the type of the pointer.
    func assign(_ parameters: [TypeID], hidden: TypeID?, byReference: [Int: TypeID]) -> Assignment {
        var result = Assignment()
        var vectors = 0
        if let hidden { result.registers.append(hidden) }
        for (index, type) in parameters.enumerated() {
            let room = Self.argumentRegisters.count - result.registers.count
            var taken: [TypeID] = []
            if let pointer = byReference[index] {
                taken = room > 0 ? [pointer] : []
            } else {
                switch passing(type) {
                case .integers(let types): if types.count <= room { taken = types }
                case .vectors: vectors += 1
                case .mixed(let types, let count):
                    if types.count <= room, vectors + count <= Self.vectorRegisters {
                        taken = types
                        vectors += count
                    }
                case .memory, .nothing: break
                }
            }
            result.first.append(taken.isEmpty ? nil : result.registers.count)
            result.registers += taken
        }
        return result
    }

    private func passing(_ type: TypeID) -> Passing {
        switch table.shape(type) {
        case .floating: return .vectors
        case .integer(let bytes): return .integers(bytes > 8 ? [.unknown, .unknown] : [type])
        case .structure(let index):
            let structure = table.structures[Int(index)]
            if structure.isPassedByReference { return .integers([.unknown]) }
            if structure.size == 0 { return structure.isDeclaration ? .memory : .nothing }
            guard structure.size <= 16, let classes = classes(of: type, size: structure.size) else { return .memory }
            var integers: [TypeID] = []
            for (part, kind) in classes.enumerated() where kind == .integer {
                integers.append(member(at: UInt64(part) * 8, of: type))
            }
            let vectors = classes.count { $0 == .vector }
            if vectors == 0 { return integers.isEmpty ? .nothing : .integers(integers) }
            return .mixed(integers: integers, vectors: vectors)
        case .array: return .memory
        default: return .integers([type])
        }
    }

    /// The type of the one member that fills eight bytes of a structure; unknown where there are several.
    private func member(at offset: UInt64, of type: TypeID) -> TypeID {
        let leaf = table.leaf(at: offset, in: type)
        return leaf.isStart && table.size(of: leaf.type) == 8 ? leaf.type : .unknown
    }

    /// The classes of the one or two eight bytes of a structure; nil where it goes in memory.
    private func classes(of type: TypeID, size: UInt64) -> [Class]? {
        guard size <= 16 else { return nil }
        var classifier = Classifier(table: table, classes: Array(repeating: .none, count: Int((size + 7) / 8)))
        return classifier.classify(type, at: 0) ? classifier.classes : nil
    }

    private struct Classifier {
        let table: TypeTable
        var classes: [Class]
        /// Sixteen bytes hold few members; a hostile file could nest them without end.
        private var budget = 256

        init(table: TypeTable, classes: [Class]) {
            self.table = table
            self.classes = classes
        }

        /// False where a member is not aligned or a type is not known well enough: then it goes in memory.
        mutating func classify(_ type: TypeID, at offset: UInt64) -> Bool {
            budget -= 1
            guard budget > 0, offset < 16 else { return false }
            switch table.shape(type) {
            case .unknown, .void, .function, .pointer: return mark(.integer, at: offset, bytes: 8)
            case .integer(let bytes), .enumeration(let bytes):
                return mark(.integer, at: offset, bytes: UInt64(bytes))
            case .floating(let bytes): return mark(.vector, at: offset, bytes: UInt64(bytes))
            case .array(let element, let count):
                let size = table.size(of: element)
                guard let count, count > 0, size > 0 else { return true }
                guard count <= 16 else { return false }
                for index in 0..<count {
                    let (distance, overflow) = size.multipliedReportingOverflow(by: index)
                    guard !overflow, distance < 16, classify(element, at: offset + distance) else { return false }
                }
                return true
            case .structure(let index):
                for member in table.structures[Int(index)].members {
                    guard !member.isVirtual, member.offset < 16 else { return false }
                    if case .structure(let inner) = table.shape(member.type),
                        table.structures[Int(inner)].members.isEmpty
                    {
                        continue
                    }
                    guard classify(member.type, at: offset + member.offset) else { return false }
                }
                return true
            }
        }

        private mutating func mark(_ kind: Class, at offset: UInt64, bytes: UInt64) -> Bool {
            guard bytes > 0 else { return true }
            // Bit fields may have any number of bytes.
            guard bytes & (bytes - 1) != 0 || offset % min(bytes, 8) == 0 else { return false }
            for part in Int(offset / 8)...Int((offset + min(bytes, 16) - 1) / 8) {
                guard part < classes.count else { return false }
                if classes[part] != .integer { classes[part] = kind }
            }
            return true
        }
    }
}
