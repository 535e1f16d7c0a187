import DebugInfo

/// A name in 128 bits: equal names have equal keys, and different ones differ but by a chance of no account.
struct NameKey: Hashable {
    var low: UInt64
    var high: UInt64

    static let none = NameKey(low: 0, high: 0)

    init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    init(_ bytes: UnsafeRawBufferPointer) {
        low = 0x9e37_79b9_7f4a_7c15
        high = 0xc2b2_ae3d_27d4_eb4f
        var position = 0
        while bytes.count - position >= 8 {
            mix(bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            position += 8
        }
        var rest = UInt64(bytes.count) << 56
        for index in position..<bytes.count { rest = rest &* 257 ^ UInt64(bytes[index]) }
        mix(rest)
    }

    @inline(__always)
    mutating func mix(_ value: UInt64) {
        let product = (low ^ value).multipliedFullWidth(by: 0x9fb2_1c65_1e98_df25)
        low = product.low ^ high
        high = (high ^ value) &* 0xd6e8_feb8_6659_fd93 &+ product.high
    }

    func joined(_ other: NameKey) -> NameKey {
        var result = self
        result.mix(other.low)
        result.mix(other.high)
        return result
    }
}

/// The names of one unit's structures with all that is around them.
struct StructureNames {
    let debug: DebugUnits
    let scan: UnitScan
    let number: Int
    private let lines = SourceLines()
    /// By detail.
    private(set) var keys: [NameKey] = []
    private var scopeKeys: [NameKey] = []

    /// Scopes in scopes; more have only hostile units.
    private static let depthLimit = 64

    init(_ debug: DebugUnits, _ scan: UnitScan, _ number: Int) {
        self.debug = debug
        self.scan = scan
        self.number = number
    }

    /// Makes the keys of all structures.
    mutating func makeKeys() {
        keys = [NameKey](repeating: .none, count: scan.details.count)
        scopeKeys = [NameKey](repeating: .none, count: scan.scopes.count)
        for index in scan.kinds.indices where scan.kinds[index] == .structure {
            _ = key(ofDetail: scan.links[index].bits, depth: 0)
        }
    }

    private mutating func key(ofDetail detail: UInt32, depth: Int) -> NameKey {
        let index = Int(detail)
        if keys[index] != .none || depth > Self.depthLimit { return keys[index] }
        let record = scan.details[index]
        let key: NameKey
        if record.name.isPresent {
            key = self.key(ofScope: record.scope, depth: depth + 1).joined(NameKey(debug.bytes(record.name)))
        } else if let owner = scan.owners[detail] {
            let item = scan.items[Int(owner.item)]
            var member = NameKey(debug.bytes(item.name))
            if !item.name.isPresent { member.mix(item.value & UnitScan.Item.valueMask) }
            key = self.key(ofDetail: owner.detail, depth: depth + 1).joined(member)
        } else {
            var place = place(of: record)
            key = place.withUTF8 { NameKey(UnsafeRawBufferPointer($0)) }
        }
        keys[index] = key
        return key
    }

    private mutating func key(ofScope scope: UInt32, depth: Int) -> NameKey {
        let index = Int(scope)
        if index == 0 || depth > Self.depthLimit { return .none }
        if scopeKeys[index] != .none { return scopeKeys[index] }
        let record = scan.scopes[index]
        let key =
            record.detail != .max
            ? self.key(ofDetail: record.detail, depth: depth + 1)
            : self.key(ofScope: record.parent, depth: depth + 1).joined(NameKey(debug.bytes(record.name)))
        scopeKeys[index] = key
        return key
    }

    /// Of a structure that nothing names.
    private func place(of detail: UnitScan.Detail) -> String {
        let unit = debug.units[number].unit
        let path = lines.path(UInt64(detail.fileNumber), in: unit) ?? "?"
        let file = path.split(separator: "/").last.map(String.init) ?? path
        return "(unnamed at \(file):\(detail.line))"
    }

    // MARK: Text

    func text(ofDetail detail: UInt32) -> String { text(ofDetail: detail, depth: 0) }

    private func text(ofDetail detail: UInt32, depth: Int) -> String {
        let record = scan.details[Int(detail)]
        guard depth <= Self.depthLimit else { return "?" }
        if record.name.isPresent {
            return prefix(record.scope, depth: depth + 1) + debug.text(record.name)
        }
        if let owner = scan.owners[detail] {
            let item = scan.items[Int(owner.item)]
            let outer = text(ofDetail: owner.detail, depth: depth + 1)
            if item.name.isPresent { return outer + "." + debug.text(item.name) }
            return outer + ".(unnamed at +\(item.value & UnitScan.Item.valueMask))"
        }
        return place(of: record)
    }

    /// What stands in front of a name in a scope: "std::" or nothing.
    func prefix(_ scope: UInt32) -> String { prefix(scope, depth: 0) }

    private func prefix(_ scope: UInt32, depth: Int) -> String {
        guard scope != 0, depth <= Self.depthLimit else { return "" }
        let record = scan.scopes[Int(scope)]
        if record.detail != .max { return text(ofDetail: record.detail, depth: depth + 1) + "::" }
        let name = record.name.isPresent ? debug.text(record.name) : "(anonymous namespace)"
        return prefix(record.parent, depth: depth + 1) + name + "::"
    }
}
