import DebugInfo

extension ClassTables {
    /// Reads the data of a binary whose code is decoded.
    init(_ map: CodeMap) {
        let binary = map.binary
        let data = DataWords(binary)
        let resolver = CalleeResolver(map, data)
        let copies = Self.copies(binary, data)
        let code = CodeReferences(map, data, copies: copies.map(\.range))
        var reader = VirtualTableReader(data, resolver)
        types = reader.types.types
        bases = reader.types.bases
        if SwiftTableReader.isSwift(binary) {
            let asynchronous = AsyncPointers(data, resolver)
            let swift = SwiftTableReader(data, resolver, asynchronous, types: types.count, bases: bases.count)
            types += swift.types
            bases += swift.bases
            unplaced = swift.unplaced
            reader.add(swift.found)
            asyncPointers = asynchronous.functions.map { AsyncPointer(place: $0.key, callee: $0.value) }
            asyncPointers.sort { $0.place < $1.place }
        }
        reader.add(RustTableReader.tables(data, resolver))
        reader.addUntyped(at: Self.distinctAddresses(code.all))
        groups = reader.groups
        tables = reader.tables
        slots = reader.slots
        findSubobjects(data)
        readReferences(code, data, copies)
        readPointerWords(data, resolver)
        initializers = Self.initializers(data, resolver)
        names = data.names
        threadStates = findThreadStates()
    }

    /// Tables of other modules that the dynamic linker copies to a place here (R_X86_64_COPY), where code that does
    /// not go through the global offset table can name them.
    private static func copies(_ binary: BinaryFile, _ data: DataWords) -> [(range: Range<UInt64>, name: Int32)] {
        var places: Set<UInt64> = []
        // SHT_RELA, SHF_ALLOC
        for section in binary.sections where section.type == 4 && section.flags & 2 != 0 {
            guard let bytes = binary.file.rawBytes(of: section) else { continue }
            var reader = ByteReader(bytes)
            while reader.remaining >= 24 {
                let place = reader.u64()
                if UInt32(truncatingIfNeeded: reader.u64()) == 5 { places.insert(place) }
                _ = reader.u64()
            }
        }
        guard !places.isEmpty else { return [] }
        var copies: [(range: Range<UInt64>, name: Int32)] = []
        for symbol in binary.symbols where places.contains(symbol.address) && symbol.name.hasPrefix("_ZTV") {
            let (end, overflow) = symbol.address.addingReportingOverflow(max(symbol.size, 1))
            if !overflow { copies.append((symbol.address..<end, data.intern(symbol.name))) }
        }
        return copies
    }

    private static func distinctAddresses(_ references: [CodeReferences.Reference]) -> [UInt64] {
        var targets = references.filter(\.isAddress).map(\.target)
        targets.sort()
        var distinct: [UInt64] = []
        for target in targets where distinct.last != target { distinct.append(target) }
        return distinct
    }

    // MARK: Who uses the tables

    private func group(holding address: UInt64) -> Int? {
        let index = groups.partition { $0.start <= address }
        return index > 0 && address < groups[index - 1].end ? index - 1 : nil
    }

    private mutating func readReferences(
        _ code: CodeReferences, _ data: DataWords, _ copies: [(range: Range<UInt64>, name: Int32)]
    ) {
        var found: [(group: Int, reference: Reference)] = []
        var isImportedTable: [Bool] = data.names.map { $0.hasPrefix("_ZTV") || $0.hasPrefix("_ZTT") }
        func use(of address: UInt64, symbol: Int32, _ reference: Reference) {
            if address != 0 {
                if let group = group(holding: address) { found.append((group, reference)) }
            } else if symbol >= 0, isImportedTable[Int(symbol)] {
                importedReferences.append(ImportedReference(symbol: symbol, reference: reference))
            }
        }
        for entry in code.all {
            let reference = Reference(place: entry.place, function: entry.function)
            if !copies.isEmpty, let copy = copies.first(where: { $0.range.contains(entry.target) }) {
                importedReferences.append(ImportedReference(symbol: copy.name, reference: reference))
                continue
            }
            guard let region = data.region(holding: entry.target) else { continue }
            if data.regions[region].isOffsetTable {
                if let word = data.word(at: entry.target) { use(of: word.value, symbol: word.symbol, reference) }
            } else {
                use(of: entry.target, symbol: -1, reference)
            }
        }
        for word in data.words {
            guard let region = data.region(holding: word.place), !data.regions[region].isOffsetTable else { continue }
            // The type_info of classes points to the tables of the classes of type_info, which are nobody's objects
            // to call; it does no harm that these count as used.
            use(of: word.value, symbol: word.symbol, Reference(place: word.place, function: -1))
        }
        isImportedTable = []
        // By group; within one in the order found.
        var counts = [Int](repeating: 0, count: groups.count + 1)
        for entry in found { counts[entry.group + 1] += 1 }
        for index in groups.indices { counts[index + 1] += counts[index] }
        for index in groups.indices {
            groups[index].references = Int32(clamping: counts[index])..<Int32(clamping: counts[index + 1])
        }
        references = [Reference](repeating: Reference(place: 0, function: -1), count: found.count)
        for entry in found {
            references[counts[entry.group]] = entry.reference
            counts[entry.group] += 1
        }
    }

    // MARK: Function pointers elsewhere

    private mutating func readPointerWords(_ data: DataWords, _ resolver: CalleeResolver) {
        var objectsByAddress = data.binary.symbols.filter { !$0.isFunction && $0.size > 0 }
        objectsByAddress.sort { $0.address < $1.address }
        var objectIndex: [Int: Int32] = [:]
        for word in data.words {
            guard let region = data.region(holding: word.place), !data.regions[region].isOffsetTable,
                let callee = resolver.callee(of: word)
            else { continue }
            if let group = group(holding: word.place),
                Self.isClassTable(tables[Int(groups[group].tables.lowerBound)].kind)
            {
                continue
            }
            var pointer = PointerWord(
                place: word.place, callee: callee, object: -1, isConstant: data.regions[region].isConstant)
            // The innermost of several is the last that begins before; objects do not overlap otherwise.
            let next = objectsByAddress.partition { $0.address <= word.place }
            if next > 0, word.place - objectsByAddress[next - 1].address < objectsByAddress[next - 1].size {
                if let known = objectIndex[next - 1] {
                    pointer.object = known
                } else {
                    let symbol = objectsByAddress[next - 1]
                    pointer.object = Int32(clamping: objects.count)
                    objectIndex[next - 1] = pointer.object
                    objects.append(
                        DataObject(start: symbol.address, size: symbol.size, name: data.intern(symbol.name)))
                }
            }
            pointerWords.append(pointer)
        }
    }

    /// Whether nothing but calls through objects reads the words of such a table.
    private static func isClassTable(_ kind: TableKind) -> Bool {
        switch kind {
        case .primary, .secondary, .construction: true
        // These are recognized by their looks alone.
        case .untyped, .swiftClass, .swiftWitness, .swiftValueWitness, .rustTrait: false
        }
    }

    // MARK: Initializers and threads

    private static func initializers(_ data: DataWords, _ resolver: CalleeResolver) -> [Initializer] {
        var initializers: [Initializer] = []
        for section in data.binary.sections where (14...16).contains(section.type) {
            let kind: InitializerKind = section.type == 15 ? .unload : .load
            var place = section.address
            let (end, overflow) = section.address.addingReportingOverflow(section.size)
            guard !overflow else { continue }
            while place < end, end - place >= 8, let region = data.region(holding: place) {
                guard place < data.regions[region].end else { break }
                if let word = data.word(at: place), let callee = resolver.callee(of: word) {
                    initializers.append(Initializer(kind: kind, callee: callee))
                }
                place &+= 8
            }
        }
        return initializers
    }

    /// Classes that libstdc++ makes for the function of a std::thread: `run` is the third virtual function (bits/
    /// std_thread.h), behind the two destructors.
    private func findThreadStates() -> [ThreadState] {
        var states: [ThreadState] = []
        for table in tables where table.type >= 0 && table.kind == .primary {
            guard let name = name(types[Int(table.type)].name), name.hasPrefix("NSt6thread11_State_implI") else {
                continue
            }
            for slot in table.slots where slots[Int(slot)].offset == 16 {
                states.append(ThreadState(group: table.group, run: slots[Int(slot)].callee))
            }
        }
        return states
    }
}
