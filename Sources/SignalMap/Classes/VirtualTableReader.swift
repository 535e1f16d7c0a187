/// Finds virtual tables of C++ classes (Itanium C++ ABI, section 2.5).
///
/// By what they look like, so that a stripped file has them, too: a word that is the offset to the top of the object, a
/// word that points to a class's type_info, functions. Symbols say where a table ends, and name those that have no
/// type_info because run-time type information was switched off.
struct VirtualTableReader {
    /// Objects are smaller: an offset to the top below this is none.
    static let lowestOffset: Int64 = -(1 << 40)
    /// More slots than any class has.
    static let slotLimit = 1 << 16
    /// Slots of 0 in a row, of classes that need no destructor of their own because they are abstract, or whose pure
    /// functions are 0 because nothing defines __cxa_pure_virtual.
    static let holeLimit = 8
    /// Tables of one class.
    static let tableLimit = 1 << 10
    /// Words with offsets of virtual bases and calls before an address point.
    static let offsetLimit = 1 << 10

    let data: DataWords
    let resolver: CalleeResolver
    private(set) var types: TypeInfoReader
    /// In the order of their addresses.
    var groups: [ClassTables.Group] = []
    var tables: [ClassTables.Table] = []
    var slots: [ClassTables.Slot] = []

    private struct Header {
        /// Of the address point.
        var point: UInt64
        var offsetToTop: Int64
        /// -1 without type_info.
        var type: Int32
        /// Into `symbols`, -1 without one.
        var symbol: Int
    }

    /// _ZTV and _ZTC symbols of this file's data, by address.
    private let symbols: [BinaryFile.Symbol]

    init(_ data: DataWords, _ resolver: CalleeResolver) {
        self.data = data
        self.resolver = resolver
        types = TypeInfoReader(data)
        var symbols: [BinaryFile.Symbol] = []
        for symbol in data.binary.symbols where symbol.name.hasPrefix("_ZTV") || symbol.name.hasPrefix("_ZTC") {
            guard symbol.size >= 16, data.region(holding: symbol.address) != nil else { continue }
            // One object may have several names; in .dynsym and .symtab it has the same one twice.
            if let last = symbols.last, last.address == symbol.address {
                if symbol.isDynamic, !last.isDynamic { symbols[symbols.count - 1] = symbol }
                continue
            }
            symbols.append(symbol)
        }
        self.symbols = symbols
        var headers = typedHeaders()
        headers += untypedHeaders(known: Set(headers.map(\.point)))
        headers.sort { $0.point < $1.point }
        build(headers)
    }

    // MARK: Finding address points

    /// Where a word points to the type_info of a class, with a plain offset before it.
    private mutating func typedHeaders() -> [Header] {
        var headers: [Header] = []
        var isNamed: [Bool] = []
        for name in data.names { isNamed.append(name.hasPrefix("_ZTI")) }
        var objectEnd: UInt64 = 0
        for word in data.words {
            // Not the pointers to bases within type_info objects.
            if let end = types.ends[word.place] { objectEnd = end }
            guard types.typeAt[word.value] != nil || (word.symbol >= 0 && word.value == 0 && isNamed[Int(word.symbol)]),
                word.place >= objectEnd, let region = data.region(holding: word.place),
                !data.regions[region].isOffsetTable,
                let offset = data.plain(at: word.place &- 8).map({ Int64(bitPattern: $0) }), offset <= 0,
                offset > Self.lowestOffset, let type = types.type(of: word)
            else { continue }
            let point = word.place &+ 8
            let symbol = symbol(holding: word.place) ?? -1
            // Lists of type_info pointers exist, too: without a name a table has a function.
            if symbol < 0, !beginsWithFunction(point) { continue }
            headers.append(Header(point: point, offsetToTop: offset, type: type, symbol: symbol))
        }
        return headers
    }

    private func beginsWithFunction(_ point: UInt64) -> Bool {
        for number in 0...Self.holeLimit {
            let place = point &+ UInt64(number) &* 8
            if let word = data.word(at: place) { return resolver.callee(of: word) != nil }
            if data.plain(at: place) != 0 { return false }
        }
        return false
    }

    /// Tables without type_info: those with symbols, and what code uses as tables are used.
    private func untypedHeaders(known: Set<UInt64>) -> [Header] {
        var headers: [Header] = []
        for (number, symbol) in symbols.enumerated() {
            let end = symbol.address &+ symbol.size
            var place = symbol.address
            var isFirst = true
            while place &+ 16 < end {
                let point = place &+ 16
                if known.contains(point) { break }
                if data.plain(at: place &+ 8) == 0, beginsWithFunction(point),
                    let offset = data.plain(at: place).map({ Int64(bitPattern: $0) }),
                    isFirst ? offset == 0 : offset < 0 && offset > Self.lowestOffset
                {
                    headers.append(Header(point: point, offsetToTop: offset, type: -1, symbol: number))
                    isFirst = false
                }
                place &+= 8
            }
        }
        return headers
    }

    /// Adds tables that have neither type_info nor a name: code holds an address in constant data where functions
    /// begin, behind two words of 0.
    mutating func addUntyped(at points: [UInt64]) {
        var headers: [Header] = []
        for point in points {
            guard let region = data.region(holding: point), data.regions[region].isConstant,
                group(holding: point) == nil,
                data.plain(at: point &- 8) == 0, data.plain(at: point &- 16) == 0,
                let word = data.word(at: point), let callee = resolver.callee(of: word), callee.kind != .unknown
            else { continue }
            headers.append(Header(point: point, offsetToTop: 0, type: -1, symbol: -1))
        }
        build(headers)
        sortGroups()
    }

    /// The group of tables that an address lies in; they are sorted.
    func group(holding address: UInt64) -> Int? {
        let index = groups.partition { $0.start <= address }
        return index > 0 && address < groups[index - 1].end ? index - 1 : nil
    }

    private func symbol(holding address: UInt64) -> Int? {
        let index = symbols.partition { $0.address <= address }
        guard index > 0, address - symbols[index - 1].address < symbols[index - 1].size else { return nil }
        return index - 1
    }

    // MARK: Reading them

    private mutating func build(_ headers: [Header]) {
        var previousEnd: UInt64 = 0
        var index = 0
        while index < headers.count {
            let first = headers[index]
            var next = index + 1
            // Tables of bases follow: same symbol, or same class and further from the top.
            while next < headers.count, next - index < Self.tableLimit {
                let header = headers[next]
                guard header.symbol == first.symbol else { break }
                if first.symbol < 0 {
                    guard header.type == first.type, first.type >= 0, header.offsetToTop < 0,
                        header.point - headers[next - 1].point < UInt64(Self.slotLimit) * 8,
                        data.region(holding: header.point) == data.region(holding: first.point)
                    else { break }
                }
                next += 1
            }
            let symbol = first.symbol >= 0 ? symbols[first.symbol] : nil
            let group = Int32(clamping: groups.count)
            let firstTable = Int32(clamping: tables.count)
            var end = first.point
            for position in index..<next {
                let header = headers[position]
                // The words before the next address point are its header.
                var limit = position + 1 < headers.count ? headers[position + 1].point &- 16 : UInt64.max
                if let symbol { limit = min(limit, symbol.address &+ symbol.size) }
                let firstSlot = Int32(clamping: slots.count)
                end = readSlots(from: header.point, to: limit, isNamed: symbol != nil)
                tables.append(
                    ClassTables.Table(
                        address: header.point, kind: kind(of: header, isFirst: position == index, symbol),
                        type: header.type, group: group, offsetToTop: header.offsetToTop,
                        slots: firstSlot..<Int32(clamping: slots.count)))
            }
            var start = symbol?.address ?? first.point &- 16
            if symbol == nil, first.type >= 0 {
                // Offsets of virtual bases stand before.
                for _ in 0..<Self.offsetLimit {
                    guard start &- 8 >= previousEnd, data.plain(at: start &- 8) != nil, !data.isMarked(start),
                        types.ends[start] == nil
                    else { break }
                    start &-= 8
                }
            }
            if let symbol { end = max(end, symbol.address &+ symbol.size) }
            groups.append(
                ClassTables.Group(
                    start: start, end: end, tables: firstTable..<Int32(clamping: tables.count),
                    symbol: symbol.map { data.intern($0.name) } ?? -1, isExported: symbol?.isDynamic ?? false))
            previousEnd = end
            index = next
        }
    }

    private func kind(of header: Header, isFirst: Bool, _ symbol: BinaryFile.Symbol?) -> ClassTables.TableKind {
        if symbol?.name.hasPrefix("_ZTC") == true { return .construction }
        if header.type < 0 { return .untyped }
        return isFirst ? .primary : .secondary
    }

    /// Appends the slots from an address point on; returns where they end.
    private mutating func readSlots(from point: UInt64, to limit: UInt64, isNamed: Bool) -> UInt64 {
        var holes: [Int32] = []
        var end = point
        for number in 0..<Self.slotLimit {
            let place = point &+ UInt64(number) &* 8
            guard place < limit, place &+ 8 > place else { break }
            // Another object begins.
            if number > 0, !isNamed, data.isMarked(place) { break }
            let offset = Int32(clamping: number * 8)
            if let word = data.word(at: place) {
                guard let callee = resolver.callee(of: word) else { break }
                for hole in holes {
                    slots.append(ClassTables.Slot(offset: hole, callee: ClassTables.Callee(kind: .pure)))
                }
                holes = []
                slots.append(ClassTables.Slot(offset: offset, callee: callee))
                end = place &+ 8
            } else if data.plain(at: place) == 0, isNamed || holes.count < Self.holeLimit {
                // A slot, if a function comes behind it.
                holes.append(offset)
            } else {
                break
            }
        }
        return end
    }
}
