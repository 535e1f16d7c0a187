/// Finds the tables of Rust trait objects by what they look like: a function that drops the value or 0, its size, its
/// alignment, then the trait's functions. Nothing else marks them.
struct RustTableReader {
    /// Alignments that types have; larger ones exist in theory.
    private static let alignmentLimit: UInt64 = 1 << 16
    private static let sizeLimit: UInt64 = 1 << 40
    private static let slotLimit = 1 << 12

    static func tables(_ data: DataWords, _ resolver: CalleeResolver) -> [FoundTable] {
        guard isRust(data.binary) else { return [] }
        var found: [FoundTable] = []
        for region in data.regions where region.isConstant && !region.isOffsetTable {
            var point = (region.start &+ 7) & ~7
            while point <= region.end &- 24 {
                if data.isMarked(point), let table = table(at: point, data, resolver) {
                    found.append(table)
                    point = table.end
                } else {
                    point &+= 8
                }
            }
        }
        return found
    }

    /// Whether there is anything of the standard library of Rust: its personality routine for unwinding, or its name
    /// in the section where compilers say who they are (.comment, "rustc version ...").
    private static func isRust(_ binary: BinaryFile) -> Bool {
        if binary.symbols.contains(where: { $0.name == "rust_eh_personality" }) { return true }
        guard let section = binary.file.section(named: ".comment"), let bytes = binary.file.rawBytes(of: section) else {
            return false
        }
        return bytes.holds("rustc version ")
    }

    private static func table(at point: UInt64, _ data: DataWords, _ resolver: CalleeResolver) -> FoundTable? {
        guard let size = data.plain(at: point &+ 8), let alignment = data.plain(at: point &+ 16), size < sizeLimit,
            alignment > 0, alignment & (alignment &- 1) == 0, alignment <= alignmentLimit, size % alignment == 0
        else { return nil }
        var slots: [ClassTables.Slot] = []
        if let word = data.word(at: point) {
            guard let drop = resolver.callee(of: word) else { return nil }
            slots.append(ClassTables.Slot(offset: 0, callee: drop))
        } else if data.plain(at: point) != 0 {
            return nil
        }
        var end = point &+ 24
        for number in 3..<slotLimit {
            let place = point &+ UInt64(number) &* 8
            // A trait without functions may have many supertraits, but not that many.
            if slots.isEmpty, number > 32 { break }
            guard !data.isMarked(place), let word = data.word(at: place) else { break }
            if let callee = resolver.callee(of: word) {
                slots.append(ClassTables.Slot(offset: Int32(clamping: number * 8), callee: callee))
            } else if !data.isMarked(word.value) || data.plain(at: word.value &+ 16) == nil {
                // Pointers to the tables of supertraits stand between the functions.
                break
            }
            end = place &+ 8
        }
        return slots.isEmpty ? nil : FoundTable(start: point, end: end, address: point, kind: .rustTrait, slots: slots)
    }
}

extension UnsafeRawBufferPointer {
    /// Whether a text stands anywhere, with or without an end.
    func holds(_ text: String) -> Bool {
        let wanted = Array(text.utf8)
        guard let first = wanted.first, count >= wanted.count else { return false }
        for position in 0...count - wanted.count where self[position] == first {
            if wanted.indices.allSatisfy({ self[position + $0] == wanted[$0] }) { return true }
        }
        return false
    }
}
