extension TypeTable {
    /// Pointers to pointers; what lies deeper is taken for the same.
    private static let comparisonLimit = 16

    /// Whether two types may be one as far as is known: equal ones are, and an unknown type and any other, a declaration
    /// and a structure of its name, arrays of unknown length. A function may be called by a prototype that may be its own.
    func mayBeSame(_ first: TypeID, _ second: TypeID) -> Bool { mayBeSame(first, second, depth: 0) }

    private func mayBeSame(_ first: TypeID, _ second: TypeID, depth: Int) -> Bool {
        if first == second || depth > Self.comparisonLimit { return true }
        switch (shape(first), shape(second)) {
        case (.unknown, _), (_, .unknown): return true
        case (.pointer(let one), .pointer(let other)): return mayBeSame(one, other, depth: depth + 1)
        case (.array(let one, let count), .array(let other, let otherCount)):
            return (count == nil || otherCount == nil || count == otherCount)
                && mayBeSame(one, other, depth: depth + 1)
        case (.structure(let one), .structure(let other)):
            let (one, other) = (structures[Int(one)], structures[Int(other)])
            return one.name == other.name && (one.isDeclaration || other.isDeclaration)
        case (.function(let one), .function(let other)):
            let (one, other) = (prototypes[Int(one)], prototypes[Int(other)])
            // Functions of old-style C are declared without parameters, and are variadic to the reader.
            guard one.parameters.count == other.parameters.count, one.isVariadic == other.isVariadic else {
                return one.parameters.isEmpty && one.isVariadic || other.parameters.isEmpty && other.isVariadic
            }
            return mayBeSame(one.result, other.result, depth: depth + 1)
                && zip(one.parameters, other.parameters).allSatisfy { mayBeSame($0, $1, depth: depth + 1) }
        default: return false
        }
    }
}
