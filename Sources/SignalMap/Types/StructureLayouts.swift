/// Sums over the layouts of one unit's structures: size, members, their offsets, names and types; structures that are
/// members by value with their own layouts, those behind pointers by name alone.
struct StructureLayouts {
    let debug: DebugUnits
    let scans: [UnitScan]
    /// By unit and detail.
    let keys: [[NameKey]]
    /// By detail of the unit; 0 while unknown.
    private(set) var sums: [UInt64]
    private let number: Int
    private var links: [UInt64]
    private var foreignSums: [Place: UInt64] = [:]

    struct Place: Hashable {
        var unit: Int
        var entry: Int
    }

    /// Types in types; what lies deeper is taken for equal.
    private static let depthLimit = 48

    init(_ debug: DebugUnits, _ scans: [UnitScan], _ keys: [[NameKey]], _ number: Int) {
        self.debug = debug
        self.scans = scans
        self.keys = keys
        self.number = number
        sums = [UInt64](repeating: 0, count: scans[number].details.count)
        links = [UInt64](repeating: 0, count: scans[number].kinds.count)
    }

    mutating func makeSums() {
        for index in scans[number].kinds.indices where scans[number].kinds[index] == .structure {
            _ = layout(of: Place(unit: number, entry: index), depth: 0)
        }
    }

    private static func mix(_ values: UInt64...) -> UInt64 {
        var key = NameKey(low: 0x1234_5678_9abc_def1, high: 7)
        for value in values { key.mix(value) }
        return key.low ^ key.high | 1
    }

    private mutating func layout(of place: Place, depth: Int) -> UInt64 {
        let detail = Int(scans[place.unit].links[place.entry].bits)
        if place.unit == number, sums[detail] != 0 { return sums[detail] }
        if place.unit != number, let known = foreignSums[place] { return known }
        if depth > Self.depthLimit { return 1 }
        // One that contains itself by value is hostile: it ends here.
        set(1, place, detail)
        let record = scans[place.unit].details[detail]
        var key = NameKey(low: record.size, high: UInt64(record.flags & UnitScan.isUnion))
        var next = record.first
        while next != .max {
            let item = scans[place.unit].items[Int(next)]
            key.mix(item.value)
            key.mix(NameKey(debug.bytes(item.name)).low)
            key.mix(sum(item.link, in: place.unit, isValue: true, depth: depth + 1))
            next = item.next
        }
        let sum = key.low ^ key.high | 1
        set(sum, place, detail)
        return sum
    }

    private mutating func set(_ sum: UInt64, _ place: Place, _ detail: Int) {
        if place.unit == number { sums[detail] = sum } else { foreignSums[place] = sum }
    }

    /// The entry that a link names, with its unit.
    static func place(
        _ link: EntryLink, in unit: Int, _ scans: [UnitScan], _ debug: DebugUnits
    ) -> Place? {
        if link.isLocal { return Place(unit: unit, entry: Int(link.bits) - 1) }
        guard let index = link.foreignIndex, index < scans[unit].foreign.count else { return nil }
        let (other, offset) = scans[unit].foreign[index]
        let distance = offset - debug.units[Int(other)].start
        guard let distance = UInt32(exactly: distance), let entry = scans[Int(other)].entry(at: distance) else {
            return nil
        }
        return Place(unit: Int(other), entry: Int(entry))
    }

    private mutating func sum(_ link: EntryLink, in unit: Int, isValue: Bool, depth: Int) -> UInt64 {
        if link == .none { return 3 }
        guard let place = Self.place(link, in: unit, scans, debug) else { return 5 }
        if !isValue, place.unit == number, links[place.entry] != 0 { return links[place.entry] }
        if depth > Self.depthLimit { return 7 }
        let result = sum(of: place, isValue: isValue, depth: depth)
        if !isValue, place.unit == number { links[place.entry] = result }
        return result
    }

    private mutating func sum(of place: Place, isValue: Bool, depth: Int) -> UInt64 {
        let unit = place.unit
        let link = scans[unit].links[place.entry]
        switch scans[unit].kinds[place.entry] {
        case .pointer: return Self.mix(11, sum(link, in: unit, isValue: false, depth: depth + 1))
        case .qualifier: return sum(link, in: unit, isValue: isValue, depth: depth + 1)
        case .unspecified: return 13
        case .base, .enumeration:
            let detail = scans[unit].details[Int(link.bits)]
            return Self.mix(17, detail.size, UInt64(detail.flags))
        case .memberPointer: return 19
        case .structure:
            let key = keys[unit][Int(link.bits)]
            return Self.mix(23, key.low, key.high, isValue ? layout(of: place, depth: depth + 1) : 0)
        case .array, .function:
            let detail = scans[unit].details[Int(link.bits)]
            var result = Self.mix(29, UInt64(detail.flags))
            result = Self.mix(result, sum(detail.link, in: unit, isValue: isValue, depth: depth + 1))
            var next = detail.first
            while next != .max {
                let item = scans[unit].items[Int(next)]
                result = Self.mix(
                    result, item.value, sum(item.link, in: unit, isValue: false, depth: depth + 1))
                next = item.next
            }
            return result
        }
    }
}
