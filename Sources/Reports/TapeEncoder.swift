/// Encodes `Codable` values as JSON bytes, members in the order in which the value names them.
///
/// It writes as it goes: a container is closed when the value that opened it is done, or when an outer container is
/// written to again.
final class TapeEncoder: Encoder {
    private(set) var json = JSONWriter(ByteWriter())
    private var depth = 0
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// The JSON of a value, one line for each element of the outermost object's arrays.
    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = TapeEncoder()
        try encoder.writeValue(value)
        encoder.json.output.newline()
        return encoder.json.output.bytes
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        open(isObject: true)
        return KeyedEncodingContainer(KeyedWriter(encoder: self, depth: depth))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        open(isObject: false)
        return UnkeyedWriter(encoder: self, depth: depth)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { SingleWriter(encoder: self) }

    private func open(isObject: Bool) {
        // The snapshot itself and its arrays are laid out over lines; what lies deeper is one line each.
        let lines = depth < 2
        if isObject { json.beginObject(lines: lines) } else { json.beginArray(lines: lines) }
        depth += 1
    }

    fileprivate func close(to wanted: Int) {
        while depth > wanted {
            json.end()
            depth -= 1
        }
    }

    fileprivate func key(_ key: some CodingKey, in container: Int) {
        close(to: container)
        json.key(key.stringValue)
    }

    fileprivate func writeValue(_ value: some Encodable) throws {
        let before = depth
        switch value {
        case let text as String: json.string(text)
        default: try value.encode(to: self)
        }
        close(to: before)
    }

    fileprivate func write(null: Void) { json.null() }
    fileprivate func write(_ value: Bool) { json.boolean(value) }
    fileprivate func write(_ value: String) { json.string(value) }
    fileprivate func writeInteger(_ value: some BinaryInteger) { json.integer(value) }

    fileprivate func write(_ value: Double) throws {
        guard value.isFinite else {
            throw EncodingError.invalidValue(
                value, EncodingError.Context(codingPath: [], debugDescription: "JSON has no such number"))
        }
        json.number("\(value)")
    }
}

private struct SingleWriter: SingleValueEncodingContainer {
    let encoder: TapeEncoder
    var codingPath: [any CodingKey] { [] }

    func encodeNil() { encoder.write(null: ()) }
    func encode(_ value: Bool) { encoder.write(value) }
    func encode(_ value: String) { encoder.write(value) }
    func encode(_ value: Double) throws { try encoder.write(value) }
    func encode(_ value: Float) throws { try encoder.write(Double(value)) }
    func encode(_ value: Int) { encoder.writeInteger(value) }
    func encode(_ value: Int8) { encoder.writeInteger(value) }
    func encode(_ value: Int16) { encoder.writeInteger(value) }
    func encode(_ value: Int32) { encoder.writeInteger(value) }
    func encode(_ value: Int64) { encoder.writeInteger(value) }
    func encode(_ value: UInt) { encoder.writeInteger(value) }
    func encode(_ value: UInt8) { encoder.writeInteger(value) }
    func encode(_ value: UInt16) { encoder.writeInteger(value) }
    func encode(_ value: UInt32) { encoder.writeInteger(value) }
    func encode(_ value: UInt64) { encoder.writeInteger(value) }
    func encode(_ value: some Encodable) throws { try encoder.writeValue(value) }
}

private struct KeyedWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let encoder: TapeEncoder
    let depth: Int
    var codingPath: [any CodingKey] { [] }

    func encodeNil(forKey key: Key) { at(key).write(null: ()) }
    func encode(_ value: Bool, forKey key: Key) { at(key).write(value) }
    func encode(_ value: String, forKey key: Key) { at(key).write(value) }
    func encode(_ value: Double, forKey key: Key) throws { try at(key).write(value) }
    func encode(_ value: Float, forKey key: Key) throws { try at(key).write(Double(value)) }
    func encode(_ value: Int, forKey key: Key) { at(key).writeInteger(value) }
    func encode(_ value: Int8, forKey key: Key) { at(key).writeInteger(value) }
    func encode(_ value: Int16, forKey key: Key) { at(key).writeInteger(value) }
    func encode(_ value: Int32, forKey key: Key) { at(key).writeInteger(value) }
    func encode(_ value: Int64, forKey key: Key) { at(key).writeInteger(value) }
    func encode(_ value: UInt, forKey key: Key) { at(key).writeInteger(value) }
    func encode(_ value: UInt8, forKey key: Key) { at(key).writeInteger(value) }
    func encode(_ value: UInt16, forKey key: Key) { at(key).writeInteger(value) }
    func encode(_ value: UInt32, forKey key: Key) { at(key).writeInteger(value) }
    func encode(_ value: UInt64, forKey key: Key) { at(key).writeInteger(value) }
    func encode(_ value: some Encodable, forKey key: Key) throws { try at(key).writeValue(value) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        at(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { at(key).unkeyedContainer() }
    func superEncoder() -> any Encoder { encoder }
    func superEncoder(forKey key: Key) -> any Encoder { at(key) }

    private func at(_ key: Key) -> TapeEncoder {
        encoder.key(key, in: depth)
        return encoder
    }
}

private struct UnkeyedWriter: UnkeyedEncodingContainer {
    let encoder: TapeEncoder
    let depth: Int
    var codingPath: [any CodingKey] { [] }
    private(set) var count = 0

    init(encoder: TapeEncoder, depth: Int) {
        self.encoder = encoder
        self.depth = depth
    }

    mutating func encodeNil() { next().write(null: ()) }
    mutating func encode(_ value: Bool) { next().write(value) }
    mutating func encode(_ value: String) { next().write(value) }
    mutating func encode(_ value: Double) throws { try next().write(value) }
    mutating func encode(_ value: Float) throws { try next().write(Double(value)) }
    mutating func encode(_ value: Int) { next().writeInteger(value) }
    mutating func encode(_ value: Int8) { next().writeInteger(value) }
    mutating func encode(_ value: Int16) { next().writeInteger(value) }
    mutating func encode(_ value: Int32) { next().writeInteger(value) }
    mutating func encode(_ value: Int64) { next().writeInteger(value) }
    mutating func encode(_ value: UInt) { next().writeInteger(value) }
    mutating func encode(_ value: UInt8) { next().writeInteger(value) }
    mutating func encode(_ value: UInt16) { next().writeInteger(value) }
    mutating func encode(_ value: UInt32) { next().writeInteger(value) }
    mutating func encode(_ value: UInt64) { next().writeInteger(value) }
    mutating func encode(_ value: some Encodable) throws { try next().writeValue(value) }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        next().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { next().unkeyedContainer() }
    mutating func superEncoder() -> any Encoder { next() }

    private mutating func next() -> TapeEncoder {
        encoder.close(to: depth)
        count += 1
        return encoder
    }
}
