/// Finds the tables of Swift: classes' metadata, witness tables of conformances, value witness tables.
///
/// Metadata and witness tables are found by the words that point to their descriptors, which the sections
/// swift5_type_metadata and swift5_protocol_conformances list; so a stripped file has them, too.
struct SwiftTableReader {
    /// Requirements of one protocol.
    private static let requirementLimit: UInt32 = 1 << 12
    private static let metadataLimit: UInt32 = 1 << 20

    let data: DataWords
    let resolver: CalleeResolver
    let asynchronous: AsyncPointers
    private let records: SwiftRecords
    private(set) var found: [FoundTable] = []
    /// Functions that some table will hold, at a place that only the running process knows.
    private(set) var unplaced: [ClassTables.Callee] = []
    /// Appended to those of the C++ classes; `firstType` is the number of these.
    private(set) var types: [ClassTables.ClassType] = []
    private(set) var bases: [ClassTables.Base] = []
    private let firstType: Int
    private let firstBase: Int
    private var typeAt: [UInt64: Int32] = [:]
    private var typeNamed: [Int32: Int32] = [:]
    /// Symbols of data by address.
    private let symbols: [UInt64: BinaryFile.Symbol]

    /// Whether a binary has Swift in it.
    static func isSwift(_ binary: BinaryFile) -> Bool {
        binary.file.sections.contains { $0.name.hasPrefix("swift5_") && $0.size > 0 }
    }

    init(_ data: DataWords, _ resolver: CalleeResolver, _ asynchronous: AsyncPointers, types: Int, bases: Int) {
        self.data = data
        self.resolver = resolver
        self.asynchronous = asynchronous
        firstType = types
        firstBase = bases
        records = SwiftRecords(binary: data.binary, data: data)
        var symbols: [UInt64: BinaryFile.Symbol] = [:]
        for symbol in data.binary.symbols where !symbol.isFunction && symbol.name.hasPrefix("$s") {
            if symbols[symbol.address] == nil || symbol.isDynamic { symbols[symbol.address] = symbol }
        }
        self.symbols = symbols
        readClasses()
        readConformances()
        readProtocols()
        readValueWitnesses()
    }

    /// What a word of a table leads to, also through an async function pointer.
    private func callee(_ word: DataWords.Word) -> ClassTables.Callee? {
        resolver.callee(of: word) ?? asynchronous.callee(at: word.value, data, resolver)
    }

    private func callee(at address: UInt64) -> ClassTables.Callee? {
        resolver.callee(at: address) ?? asynchronous.callee(at: address, data, resolver)
    }

    // MARK: Classes

    private mutating func readClasses() {
        var classes: [UInt64: SwiftClass] = [:]
        for entry in records.list("swift5_type_metadata", mask: 3) {
            // The lowest bits say whether a word with the address is meant.
            var descriptor = entry.target
            if (records.u32(entry.place) ?? 0) & 3 == 1 {
                guard case .here(let target) = records.pointer(entry.target) else { continue }
                descriptor = target
            }
            if let type = SwiftClass(descriptor, records) { classes[descriptor] = type }
        }
        var metadata: [(point: UInt64, descriptor: UInt64, size: UInt32, before: UInt32)] = []
        for word in data.words where classes[word.value] != nil {
            // The description is the sixth word; sizes stand in the fifth.
            let point = word.place &- 40
            guard let sizes = data.plain(at: point &+ 32), let flags = data.plain(at: point &+ 16) else { continue }
            let size = UInt32(truncatingIfNeeded: sizes)
            let before = UInt32(truncatingIfNeeded: sizes >> 32)
            guard size < Self.metadataLimit, before < size, size >= before + 48, before % 8 == 0,
                UInt32(truncatingIfNeeded: flags) & 3 != 0
            else { continue }
            metadata.append((point, word.value, size, before))
        }
        var withMetadata: Set<UInt64> = []
        for entry in metadata { withMetadata.insert(entry.descriptor) }
        for entry in metadata where typeAt[entry.point] == nil {
            typeAt[entry.point] = newType(entry.point, descriptor: entry.descriptor)
        }
        for entry in metadata {
            readMetadata(entry.point, start: entry.point &- UInt64(entry.before), size: entry.size)
        }
        for descriptor in classes.keys.sorted() where !withMetadata.contains(descriptor) {
            guard var type = classes[descriptor] else { continue }
            type.readMethods(records, classes)
            readDescriptor(type)
        }
    }

    private mutating func newType(_ address: UInt64, descriptor: UInt64) -> Int32 {
        // "$s4name4TypeCMn" names the descriptor, "$s4name4TypeC" the type.
        let name =
            symbols[descriptor].map { String($0.name.dropLast($0.name.hasSuffix("Mn") ? 2 : 0)) }
            ?? records.name(of: descriptor)
        let number = Int32(clamping: firstType + types.count)
        types.append(
            ClassTables.ClassType(
                address: address, name: name.map { data.intern($0) } ?? -1, isLocal: false, bases: 0..<0,
                isSwift: true))
        return number
    }

    /// Metadata that the file holds: all methods, inherited ones too.
    private mutating func readMetadata(_ point: UInt64, start: UInt64, size: UInt32) {
        guard let type = typeAt[point] else { return }
        let end = start &+ UInt64(size)
        var slots: [ClassTables.Slot] = []
        var place = start
        while place < end {
            // Not the value witnesses' table, and not the superclass.
            if let word = data.word(at: place), let callee = callee(word) {
                slots.append(
                    ClassTables.Slot(offset: Int32(truncatingIfNeeded: Int64(place) &- Int64(point)), callee: callee))
            }
            place &+= 8
        }
        if let base = superclass(at: point &+ 8) {
            let first = Int32(clamping: firstBase + bases.count)
            bases.append(ClassTables.Base(type: base, offset: 0, isVirtual: false, isPublic: true))
            types[Int(type) - firstType].bases = first..<first + 1
        }
        found.append(
            FoundTable(
                start: start, end: end, address: point, kind: .swiftClass, type: type,
                symbol: symbols[point].map { data.intern($0.name) } ?? -1,
                isExported: symbols[point]?.isDynamic ?? false, slots: slots))
    }

    private mutating func superclass(at place: UInt64) -> Int32? {
        guard let word = data.word(at: place) else { return nil }
        if let known = typeAt[word.value] { return known }
        guard word.symbol >= 0 else { return nil }
        if let known = typeNamed[word.symbol] { return known }
        let symbol = data.names[Int(word.symbol)]
        let number = Int32(clamping: firstType + types.count)
        types.append(
            ClassTables.ClassType(
                address: 0, name: data.intern(symbol.hasSuffix("N") ? String(symbol.dropLast()) : symbol),
                isLocal: false, bases: 0..<0, hasUnknownBases: true, isSwift: true))
        typeNamed[word.symbol] = number
        return number
    }

    /// A class whose metadata is made in the running process: generic, or with a superclass of another module.
    private mutating func readDescriptor(_ swiftClass: SwiftClass) {
        var slots: [ClassTables.Slot] = []
        for method in swiftClass.methods {
            guard let callee = callee(at: method.implementation) else { continue }
            if let offset = method.offset {
                slots.append(ClassTables.Slot(offset: offset, callee: callee))
            } else {
                unplaced.append(callee)
            }
        }
        guard !slots.isEmpty else { return }
        slots.sort { $0.offset < $1.offset }
        let type = newType(swiftClass.descriptor, descriptor: swiftClass.descriptor)
        // Its superclass is known by name alone.
        types[Int(type) - firstType].hasUnknownBases = true
        found.append(
            FoundTable(
                start: swiftClass.descriptor, end: swiftClass.descriptor &+ 4, address: swiftClass.descriptor,
                kind: .swiftClass, type: type,
                symbol: symbols[swiftClass.descriptor].map { data.intern($0.name) } ?? -1,
                isExported: symbols[swiftClass.descriptor]?.isDynamic ?? false, slots: slots))
    }

    // MARK: Conformances

    private mutating func readConformances() {
        for entry in records.list("swift5_protocol_conformances", mask: 0) {
            let descriptor = entry.target
            guard let flags = records.u32(descriptor &+ 12) else { continue }
            readResilientWitnesses(descriptor, flags)
            guard let table = records.relative(descriptor &+ 8), data.word(at: table)?.value == descriptor else {
                continue
            }
            let count = requirementCount(records.relativeIndirectable(descriptor))
            var slots: [ClassTables.Slot] = []
            var end = table &+ 8
            for number in 1...UInt64(count ?? Self.requirementLimit) {
                let place = table &+ number &* 8
                if count == nil, data.isMarked(place) || data.word(at: place) == nil { break }
                guard data.region(holding: place) != nil else { break }
                end = place &+ 8
                // Associated types and base protocols have words, too.
                guard let word = data.word(at: place), let callee = callee(word) else { continue }
                slots.append(ClassTables.Slot(offset: Int32(clamping: number * 8), callee: callee))
            }
            found.append(
                FoundTable(
                    start: table, end: end, address: table, kind: .swiftWitness,
                    symbol: symbols[table].map { data.intern($0.name) } ?? -1,
                    isExported: symbols[table]?.isDynamic ?? false, slots: slots))
        }
    }

    /// How many words behind the first a witness table of a protocol has; nil for another module's protocol.
    private func requirementCount(_ protocolReference: SwiftRecords.Target?) -> UInt32? {
        guard case .here(let descriptor) = protocolReference, records.kind(descriptor) == .protocolContext,
            let count = records.u32(descriptor &+ 16), count > 0, count <= Self.requirementLimit
        else { return nil }
        return count
    }

    /// Witnesses of a protocol whose table another module lays out: their places are not known here.
    private mutating func readResilientWitnesses(_ descriptor: UInt64, _ flags: UInt32) {
        // Bits: 6 retroactive, 8 to 15 conditional requirements, 16 resilient witnesses, 24 to 31 parameter packs.
        guard flags >> 16 & 1 != 0 else { return }
        var place = descriptor &+ 16
        if flags >> 6 & 1 != 0 { place &+= 4 }
        place = place &+ UInt64(flags >> 8 & 0xff) &* 12
        let packs = UInt64(flags >> 24)
        if packs > 0 { place = place &+ 4 &+ packs &* 8 }
        guard let count = records.u32(place), count <= Self.requirementLimit else { return }
        for number in 0..<UInt64(count) {
            let record = place &+ 4 &+ number &* 8
            if let target = records.relative(record &+ 4), let callee = callee(at: target) { unplaced.append(callee) }
        }
    }

    /// Default implementations of protocols that tables made in the running process take.
    private mutating func readProtocols() {
        for entry in records.list("swift5_protocols", mask: 3) {
            let descriptor = entry.target
            guard records.kind(descriptor) == .protocolContext, let signature = records.u32(descriptor &+ 12),
                signature <= Self.requirementLimit, let count = records.u32(descriptor &+ 16),
                count <= Self.requirementLimit
            else { continue }
            let first = descriptor &+ 24 &+ UInt64(signature) &* 12
            for number in 0..<UInt64(count) {
                if let target = records.relative(first &+ number &* 8 &+ 4), let callee = callee(at: target) {
                    unplaced.append(callee)
                }
            }
        }
    }

    // MARK: Value witnesses

    /// Eight functions, then size, stride, flags; what code or data points to and looks so.
    private mutating func readValueWitnesses() {
        for region in data.regions where !region.isOffsetTable {
            var point = (region.start &+ 7) & ~7
            while point <= region.end &- 88 {
                defer { point &+= 8 }
                guard data.isMarked(point), let size = data.plain(at: point &+ 64),
                    let stride = data.plain(at: point &+ 72), let flags = data.plain(at: point &+ 80),
                    size < 1 << 40, stride > 0, stride < 1 << 40, stride >= size,
                    stride % ((flags & 0xff) &+ 1) == 0
                else { continue }
                var slots: [ClassTables.Slot] = []
                for number in 0..<8 {
                    guard let word = data.word(at: point &+ UInt64(number * 8)), let callee = callee(word) else {
                        break
                    }
                    slots.append(ClassTables.Slot(offset: Int32(number * 8), callee: callee))
                }
                guard slots.count == 8 else { continue }
                // Those of enumerations have three more functions.
                var end = point &+ 88
                for number in 11..<14 {
                    guard let word = data.word(at: point &+ UInt64(number * 8)), let callee = callee(word) else {
                        break
                    }
                    slots.append(ClassTables.Slot(offset: Int32(number * 8), callee: callee))
                    end = point &+ UInt64(number * 8 + 8)
                }
                found.append(
                    FoundTable(
                        start: point, end: end, address: point, kind: .swiftValueWitness,
                        symbol: symbols[point].map { data.intern($0.name) } ?? -1,
                        isExported: symbols[point]?.isDynamic ?? false, slots: slots))
            }
        }
    }
}
