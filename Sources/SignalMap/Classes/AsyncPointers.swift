import DebugInfo

/// Async function pointers of Swift: records of the distance to a function and the size of its context, by which async
/// functions are known instead of by their own addresses (IRGen's async function pointers; symbols end in "Tu").
struct AsyncPointers {
    /// Contexts are smaller.
    private static let sizeLimit: UInt32 = 1 << 24

    /// By the address of the record.
    private(set) var functions: [UInt64: ClassTables.Callee] = [:]

    /// Of a binary with Swift in it: what symbols name so, and what code or data points to and looks so.
    init(_ data: DataWords, _ resolver: CalleeResolver) {
        for symbol in data.binary.symbols where !symbol.isFunction && symbol.name.hasSuffix("Tu") {
            note(symbol.address, data, resolver)
        }
        for region in data.regions where !region.isOffsetTable {
            var place = (region.start &+ 7) & ~7
            while place <= region.end &- 8 {
                if data.isMarked(place) { note(place, data, resolver) }
                place &+= 8
            }
        }
    }

    /// What a record at an address leads to; nil when there is none.
    func callee(at place: UInt64, _ data: DataWords, _ resolver: CalleeResolver) -> ClassTables.Callee? {
        functions[place] ?? Self.read(place, data, resolver)
    }

    private mutating func note(_ place: UInt64, _ data: DataWords, _ resolver: CalleeResolver) {
        if functions[place] == nil, let callee = Self.read(place, data, resolver) { functions[place] = callee }
    }

    private static func read(_ place: UInt64, _ data: DataWords, _ resolver: CalleeResolver) -> ClassTables.Callee? {
        guard let bits = data.plain(at: place) else { return nil }
        let size = UInt32(truncatingIfNeeded: bits >> 32)
        let distance = Int32(truncatingIfNeeded: bits)
        guard distance != 0, size >= 16, size < sizeLimit, size % 8 == 0 else { return nil }
        let target = place &+ UInt64(bitPattern: Int64(distance))
        guard var callee = resolver.callee(at: target), callee.kind == .function else { return nil }
        callee.isAsync = true
        return callee
    }
}
