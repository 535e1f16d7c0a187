import DebugInfo

/// The words of a binary's loaded data that are addresses, those around them, and where each region lies.
///
/// In a file for one fixed address no relocation says which words are addresses: there all aligned words that lie
/// within the loaded file count. Immutable once made; any thread may read it while its binary lives.
final class DataWords {
    struct Word {
        var place: UInt64
        /// What it holds, by the file's own addresses; 0 where another module defines it.
        var value: UInt64
        /// Into `names`, -1 where it is not bound by name.
        var symbol: Int32
        /// What a resolver at `value` returns.
        var isResolved: Bool
    }

    /// A section of data with bytes.
    struct Region {
        var start: UInt64
        var end: UInt64
        /// Of its first word in `index`.
        var base: Int
        var bytes: UnsafeRawBufferPointer
        /// Of the global offset table, which only hands addresses on to code.
        var isOffsetTable: Bool
        /// It is never written once relocations are done.
        var isConstant: Bool
    }

    let binary: BinaryFile
    /// By place.
    private(set) var words: [Word] = []
    /// By address, disjoint.
    private(set) var regions: [Region] = []
    private(set) var names: [String] = []
    private var nameIndex: [String: Int32] = [:]
    /// For each word of each region 1 more than its index in `words`, 0 for a word that is no address.
    private var index: [Int32] = []
    /// For each word of each region: code or data holds its address.
    private var marks: [Bool] = []
    /// Symbols of data that other modules define.
    private(set) var importedData: Set<Int32> = []
    /// Addresses are those at which it runs (ET_EXEC).
    let isFixed: Bool

    init(_ binary: BinaryFile) {
        self.binary = binary
        var header = ByteReader(binary.file.bytes, at: 16)
        isFixed = header.u16() == 2
        findRegions()
        readPointers()
        if isFixed { readPlainWords() }
        words.sort { $0.place < $1.place }
        for position in words.indices {
            if let place = indexOfWord(at: words[position].place) { index[place] = Int32(clamping: position + 1) }
        }
        for word in words where word.value != 0 { mark(word.value) }
        noteImportedData()
    }

    private func findRegions() {
        // SHT_PROGBITS, SHT_INIT_ARRAY, SHT_FINI_ARRAY, SHT_PREINIT_ARRAY
        let types: [UInt32] = [1, 14, 15, 16]
        let unwind = [".eh_frame", ".eh_frame_hdr", ".gcc_except_table", ".interp"]
        let sections = binary.sections.filter {
            types.contains($0.type) && $0.flags & 2 != 0 && !$0.isExecutable && $0.size >= 8
                && !unwind.contains($0.name)
        }.sorted { $0.address < $1.address }
        var count = 0
        for section in sections {
            guard let bytes = binary.file.rawBytes(of: section), regions.last?.end ?? 0 <= section.address else {
                continue
            }
            let (end, overflow) = section.address.addingReportingOverflow(section.size)
            guard !overflow else { continue }
            // SHF_WRITE
            let isConstant =
                section.flags & 1 == 0 || section.name.hasPrefix(".data.rel.ro") || section.name.hasPrefix(".got")
                || section.type != 1
            regions.append(
                Region(
                    start: section.address, end: end, base: count, bytes: bytes,
                    isOffsetTable: section.name.hasPrefix(".got"), isConstant: isConstant))
            // A section that does not begin at a multiple of 8 has its words at such addresses all the same.
            count += bytes.count / 8 + 2
        }
        index = [Int32](repeating: 0, count: count)
        marks = [Bool](repeating: false, count: count)
    }

    private func readPointers() {
        words.reserveCapacity(binary.pointers.count)
        for (place, pointer) in binary.pointers {
            switch pointer {
            case .local(let address): words.append(Word(place: place, value: address, symbol: -1, isResolved: false))
            case .resolved(let address): words.append(Word(place: place, value: address, symbol: -1, isResolved: true))
            case .symbol(let name, let addend):
                let value = binary.exports[name].map { $0 &+ addend } ?? 0
                // An offset into another module's object is kept apart from its name by nobody who asks: tables are
                // told by their groups.
                words.append(Word(place: place, value: value, symbol: intern(name), isResolved: false))
            }
        }
    }

    /// Files without relocations for words that are known when they are linked.
    private func readPlainWords() {
        let loaded = binary.segments.filter { $0.type == ObjectFile.Segment.load && $0.memorySize > 0 }
        guard let low = loaded.map(\.address).min() else { return }
        let high = loaded.map { $0.address &+ $0.memorySize }.max() ?? low
        for region in regions {
            var place = (region.start &+ 7) & ~7
            while place <= region.end &- 8 {
                let value = region.bytes.loadUnaligned(
                    fromByteOffset: Int(place - region.start), as: UInt64.self)
                if value >= low, value < high, binary.pointers[place] == nil {
                    words.append(Word(place: place, value: value, symbol: -1, isResolved: false))
                }
                place &+= 8
            }
        }
    }

    private func noteImportedData() {
        guard let table = binary.file.dynamicSymbols() else { return }
        for position in 0..<table.count {
            var entry = ByteReader(table.entries, at: position * 24 + 4)
            let info = entry.u8()
            _ = entry.u8()
            let section = entry.u16()
            // SHN_UNDEF; STT_OBJECT, STT_TLS
            guard section == 0, info & 15 == 1 || info & 15 == 6, let name = table.name(at: UInt64(position)),
                let known = nameIndex[name.firstIndex(of: "@").map { String(name[..<$0]) } ?? name]
            else { continue }
            importedData.insert(known)
        }
    }

    func intern(_ name: String) -> Int32 {
        if let known = nameIndex[name] { return known }
        let number = Int32(clamping: names.count)
        names.append(name)
        nameIndex[name] = number
        return number
    }

    // MARK: Looking up

    @inline(__always)
    func region(holding address: UInt64) -> Int? {
        for position in regions.indices where address >= regions[position].start && address < regions[position].end {
            return position
        }
        return nil
    }

    /// The position of an aligned word of a region in arrays of `wordCount`.
    @inline(__always)
    func indexOfWord(at address: UInt64) -> Int? {
        guard let region = region(holding: address) else { return nil }
        return regions[region].base + Int(address / 8 - regions[region].start / 8)
    }

    var wordCount: Int { index.count }

    /// The address that a word holds; nil for a word that is none.
    func word(at place: UInt64) -> Word? {
        guard place & 7 == 0, let position = indexOfWord(at: place), index[position] != 0 else { return nil }
        return words[Int(index[position]) - 1]
    }

    /// The bits of a word that is no address; nil for one that is, and where the file has no bytes.
    func plain(at place: UInt64) -> UInt64? {
        guard let position = region(holding: place), word(at: place) == nil else { return nil }
        let region = regions[position]
        guard region.end - place >= 8, Int(place - region.start) + 8 <= region.bytes.count else { return nil }
        return UInt64(
            littleEndian: region.bytes.loadUnaligned(fromByteOffset: Int(place - region.start), as: UInt64.self))
    }

    /// The bytes from an address to the end of its region.
    func bytes(at address: UInt64) -> UnsafeRawBufferPointer? {
        guard let position = region(holding: address) else { return nil }
        let offset = Int(address - regions[position].start)
        guard offset < regions[position].bytes.count else { return nil }
        return UnsafeRawBufferPointer(rebasing: regions[position].bytes[offset...])
    }

    func mark(_ address: UInt64) {
        if address & 7 == 0, let position = indexOfWord(at: address) { marks[position] = true }
    }

    /// Whether something holds the address of this very word: an object begins there, as far as one can see.
    func isMarked(_ address: UInt64) -> Bool {
        guard address & 7 == 0, let position = indexOfWord(at: address) else { return false }
        return marks[position]
    }
}
