extension FlowBuilder {
    struct PointerWord {
        var place: UInt64
        var callee: CallGraph.Callee
        /// From the start of the variable that holds it, where that is known.
        var offset: Int64?
    }

    /// Words of data that hold functions from the start, without those of virtual tables and of the linker's own.
    func pointerWords() -> [PointerWord] {
        let lists = map.binary.sections.filter {
            $0.name.hasPrefix(".init_array") || $0.name.hasPrefix(".fini_array")
        }
        return classes.pointerWords.compactMap { word in
            guard let callee = callee(word.callee),
                !lists.contains(where: { word.place >= $0.address && word.place - $0.address < $0.size })
            else { return nil }
            var offset: Int64?
            if let (global, distance) = types.global(holding: word.place) {
                offset = Int64(clamping: element(at: distance, in: global.type).offset)
            } else if word.object >= 0, Int(word.object) < classes.objects.count {
                offset = Int64(clamping: word.place &- classes.objects[Int(word.object)].start)
            }
            return PointerWord(place: word.place, callee: callee, offset: offset)
        }
    }

    /// What an array consists of, and the offset into one of them.
    func element(at distance: UInt64, in type: TypeID) -> (type: TypeID, offset: UInt64) {
        var type = type
        var offset = distance
        while case .array(let element, _) = types.table.shape(type) {
            let size = types.table.size(of: element)
            if size == 0 { break }
            offset %= size
            type = element
        }
        return (type, offset)
    }

    /// What a table's entry leads to; nil of what is no function.
    func callee(_ entry: ClassTables.Callee) -> CallGraph.Callee? {
        switch entry.kind {
        // Not the start of a function, as far as is known: then the one that it lies in counts.
        case .function, .unknown:
            return entry.function >= 0 && Int(entry.function) < facts.functions.count
                ? .function(Int(entry.function)) : nil
        case .imported: return classes.name(entry.symbol).map { symbol($0) }
        case .pure, .resolved: return nil
        }
    }

    /// Whether a word keeps what the linker or the dynamic linker put there: it is in read-only memory, or becomes so
    /// once relocations are done (PT_GNU_RELRO), or lies in the global offset table.
    func isConstant(_ address: UInt64) -> Bool {
        constants.contains { address >= $0.lowerBound && address < $0.upperBound }
    }

    static func constantRanges(of binary: BinaryFile) -> [Range<UInt64>] {
        var ranges: [Range<UInt64>] = []
        func add(_ address: UInt64, _ size: UInt64) {
            let (end, overflow) = address.addingReportingOverflow(size)
            if !overflow, size > 0 { ranges.append(address..<end) }
        }
        // PT_GNU_RELRO; segments without PF_W.
        for segment in binary.segments {
            if segment.type == 0x6474_e552 { add(segment.address, segment.memorySize) }
            if segment.type == 1, segment.flags & 2 == 0 { add(segment.address, segment.memorySize) }
        }
        for section in binary.sections where section.name.hasPrefix(".got") { add(section.address, section.size) }
        return ranges
    }
}
