/// Finds the tables of Swift: classes' metadata, witness tables of conformances, value witness tables.
///
/// Metadata and witness tables are found by the words that point to their descriptors, which the sections
/// swift5_type_metadata and swift5_protocol_conformances list; so a stripped file has them, too.
struct SwiftTableReader {
    /// Requirements of one protocol.
    static let requirementLimit: UInt32 = 1 << 12
    private static let metadataLimit: UInt32 = 1 << 20
    /// Words and records that are read in all: descriptors of a damaged file may overlap.
    private static let budget = 1 << 23

    let data: DataWords
    let resolver: CalleeResolver
    let asynchronous: AsyncPointers
    let records: SwiftRecords
    var found: [FoundTable] = []
    /// Functions that some table will hold, at a place that only the running process knows.
    var unplaced: [ClassTables.Callee] = []
    private var left = Self.budget
    /// Appended to those of the C++ classes; `firstType` is the number of these.
    private(set) var types: [ClassTables.ClassType] = []
    private(set) var bases: [ClassTables.Base] = []
    private let firstType: Int
    private let firstBase: Int
    private var typeAt: [UInt64: Int32] = [:]
    private var typeNamed: [Int32: Int32] = [:]
    /// Symbols of data by address.
    let symbols: [UInt64: BinaryFile.Symbol]

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
    func callee(_ word: DataWords.Word) -> ClassTables.Callee? {
        resolver.callee(of: word) ?? asynchronous.callee(at: word.value, data, resolver)
    }

    func callee(at address: UInt64) -> ClassTables.Callee? {
        resolver.callee(at: address) ?? asynchronous.callee(at: address, data, resolver)
    }

    /// Whether so many more words may be read.
    mutating func spend(_ count: Int) -> Bool {
        left -= count
        return left >= 0
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
            guard var type = classes[descriptor], spend(type.recordCount) else { continue }
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
        guard let type = typeAt[point], spend(Int(size / 8)) else { return }
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
}
