import DebugInfo

/// Reads run-time type information of C++ classes: type_info objects, recognized by the table that each points to
/// (Itanium C++ ABI, section 2.9.5), with their names and bases.
struct TypeInfoReader {
    /// The classes of type_info that describe classes.
    enum Shape: CaseIterable {
        case alone, single, many

        var name: String {
            switch self {
            case .alone: "N10__cxxabiv117__class_type_infoE"
            case .single: "N10__cxxabiv120__si_class_type_infoE"
            case .many: "N10__cxxabiv121__vmi_class_type_infoE"
            }
        }
    }

    /// Longer names are not read.
    static let nameLimit = 1 << 16
    /// A class with more direct bases than this is none.
    static let baseLimit = 1 << 12

    let data: DataWords
    private(set) var types: [ClassTables.ClassType] = []
    private(set) var bases: [ClassTables.Base] = []
    /// By the address of the object.
    private(set) var typeAt: [UInt64: Int32] = [:]
    /// By the name that it is bound by, with "_ZTI", for those of other modules.
    private var typeNamed: [Int32: Int32] = [:]
    /// Where each object ends, by where it starts.
    private(set) var ends: [UInt64: UInt64] = [:]

    init(_ data: DataWords) {
        self.data = data
        var found: [(place: UInt64, shape: Shape)] = []
        let points = addressPoints()
        for word in data.words {
            guard let shape = points.named[word.symbol] ?? points.placed[word.value], let name = name(at: word.place)
            else { continue }
            found.append((word.place, shape))
            let (text, isLocal) = name
            typeAt[word.place] = Int32(clamping: types.count)
            types.append(
                ClassTables.ClassType(
                    address: word.place, name: data.intern(text), isLocal: isLocal, bases: 0..<0))
        }
        for (type, object) in found.enumerated() {
            let first = Int32(clamping: bases.count)
            let (size, expected) = readBases(object.place, object.shape)
            ends[object.place] = object.place &+ size
            types[type].bases = first..<Int32(clamping: bases.count)
            types[type].hasUnknownBases = bases.count - Int(first) != expected
        }
    }

    /// Where the tables of these type_info classes are: by the symbols that words are bound to, and by address.
    private func addressPoints() -> (named: [Int32: Shape], placed: [UInt64: Shape]) {
        var named: [Int32: Shape] = [:]
        var placed: [UInt64: Shape] = [:]
        for (number, name) in data.names.enumerated() where name.hasPrefix("_ZTVN10__cxxabiv1") {
            for shape in Shape.allCases where name == "_ZTV" + shape.name { named[Int32(number)] = shape }
        }
        for symbol in data.binary.symbols where symbol.name.hasPrefix("_ZTVN10__cxxabiv1") {
            // In a program for a fixed address also the copies that the dynamic linker makes of a library's tables.
            for shape in Shape.allCases where symbol.name == "_ZTV" + shape.name {
                placed[symbol.address &+ 16] = shape
            }
        }
        if named.isEmpty && placed.isEmpty { placed = anonymousAddressPoints() }
        return (named, placed)
    }

    /// In a stripped static program: these classes have type_info objects, too, which the names lead to; the word
    /// behind one that points to such an object, with a 0 before it, begins the class's table.
    private func anonymousAddressPoints() -> [UInt64: Shape] {
        var names: [UInt64: Shape] = [:]
        for region in data.regions where !region.isOffsetTable {
            for shape in Shape.allCases {
                for offset in region.bytes.offsets(of: shape.name) { names[region.start &+ UInt64(offset)] = shape }
            }
        }
        guard !names.isEmpty else { return [:] }
        var objects: [UInt64: Shape] = [:]
        for word in data.words where word.symbol < 0 {
            if let shape = names[word.value] { objects[word.place &- 8] = shape }
        }
        var points: [UInt64: Shape] = [:]
        for word in data.words where word.symbol < 0 {
            if let shape = objects[word.value], data.plain(at: word.place &- 8) == 0 {
                points[word.place &+ 8] = shape
            }
        }
        return points
    }

    /// The name in a type_info object, and whether it stands for this one object alone.
    private func name(at object: UInt64) -> (String, isLocal: Bool)? {
        guard let word = data.word(at: object &+ 8), let bytes = data.bytes(at: word.value) else { return nil }
        let part = UnsafeRawBufferPointer(rebasing: bytes[..<min(bytes.count, Self.nameLimit)])
        guard let text = part.cString(at: 0), !text.isEmpty else { return nil }
        // gcc marks names of internal linkage so: type_info::operator== then compares addresses.
        if text[0] == UInt8(ascii: "*") {
            return (String(UnsafeRawBufferPointer(rebasing: text[1...])), true)
        }
        let name = String(text)
        // clang marks only the types of unnamed namespaces by their names.
        return (name, name.contains("12_GLOBAL__N_1"))
    }

    /// Appends its bases; the object's size, and how many there should be.
    private mutating func readBases(_ object: UInt64, _ shape: Shape) -> (size: UInt64, count: Int) {
        switch shape {
        case .alone: return (16, 0)
        case .single:
            if let type = type(at: object &+ 16) {
                bases.append(ClassTables.Base(type: type, offset: 0, isVirtual: false, isPublic: true))
            }
            return (24, 1)
        case .many:
            guard let counts = data.plain(at: object &+ 16) else { return (16, -1) }
            // The flags are the lower half.
            let count = Int(counts >> 32)
            guard count <= Self.baseLimit else { return (24, -1) }
            for number in 0..<count {
                let place = object &+ 24 &+ UInt64(number) &* 16
                guard let type = type(at: place), let flags = data.plain(at: place &+ 8) else { continue }
                bases.append(
                    ClassTables.Base(
                        type: type, offset: Int64(bitPattern: flags) >> 8, isVirtual: flags & 1 != 0,
                        isPublic: flags & 2 != 0))
            }
            return (24 &+ UInt64(count) &* 16, count)
        }
    }

    /// The class whose type_info a word points to; makes one for another module's.
    mutating func type(at place: UInt64) -> Int32? {
        guard let word = data.word(at: place) else { return nil }
        return type(of: word)
    }

    mutating func type(of word: DataWords.Word) -> Int32? {
        if let known = typeAt[word.value] { return known }
        guard word.symbol >= 0, word.value == 0 || data.region(holding: word.value) == nil else { return nil }
        if let known = typeNamed[word.symbol] { return known }
        let symbol = data.names[Int(word.symbol)]
        guard symbol.hasPrefix("_ZTI") else { return nil }
        let type = Int32(clamping: types.count)
        types.append(
            ClassTables.ClassType(
                address: 0, name: data.intern(String(symbol.dropFirst(4))), isLocal: false, bases: 0..<0,
                hasUnknownBases: true))
        typeNamed[word.symbol] = type
        return type
    }
}

extension UnsafeRawBufferPointer {
    /// Where a text with a NUL behind it stands.
    func offsets(of text: String) -> [Int] {
        var offsets: [Int] = []
        let wanted = Array(text.utf8) + [0]
        guard count >= wanted.count else { return [] }
        var position = 0
        while position <= count - wanted.count {
            if self[position] == wanted[0], self[position + wanted.count - 1] == 0,
                wanted.indices.allSatisfy({ self[position + $0] == wanted[$0] })
            {
                offsets.append(position)
                position += wanted.count
            } else {
                position += 1
            }
        }
        return offsets
    }
}
