/// Decodes `Codable` values from a JSON tape.
///
/// Foundation's decoder would do the same; this one starts with the process, is faster by its flat tape, and names
/// the place of an error without keeping a path for each value.
struct TapeDecoder: Decoder {
    let tape: JSONTape
    let node: Int
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// Found anew by walking the tape: only errors ask for it.
    var codingPath: [any CodingKey] { tape.path(to: node) }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard tape.nodes[node].kind == .object else { throw mismatch([String: String].self, "an object") }
        return KeyedDecodingContainer(KeyedTape(decoder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard tape.nodes[node].kind == .array else { throw mismatch([String].self, "an array") }
        return UnkeyedTape(decoder: self, children: tape.children(of: node))
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { SingleTape(decoder: self) }

    func at(_ node: Int) -> TapeDecoder { TapeDecoder(tape: tape, node: node) }

    func mismatch(_ type: Any.Type, _ wanted: String) -> DecodingError {
        .typeMismatch(type, DecodingError.Context(codingPath: codingPath, debugDescription: "\(wanted) was expected"))
    }

    func boolean() throws -> Bool {
        switch tape.nodes[node].kind {
        case .isTrue: return true
        case .isFalse: return false
        default: throw mismatch(Bool.self, "true or false")
        }
    }

    func text() throws -> String {
        guard let text = tape.text(node) else { throw mismatch(String.self, "a string") }
        return text
    }

    func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws -> Value {
        guard let value = tape.integer(node, as: type) else {
            throw mismatch(type, "a whole number from \(Value.min) to \(Value.max)")
        }
        return value
    }

    func floatingPoint() throws -> Double {
        guard let value = tape.number(node).flatMap({ Double($0) }) else { throw mismatch(Double.self, "a number") }
        return value
    }

    /// The types that JSON has itself must not be asked to decode themselves.
    func value<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if type == String.self, let value = try text() as? Value { return value }
        return try Value(from: self)
    }
}

private struct SingleTape: SingleValueDecodingContainer {
    let decoder: TapeDecoder
    var codingPath: [any CodingKey] { decoder.codingPath }

    func decodeNil() -> Bool { decoder.tape.nodes[decoder.node].kind == .null }
    func decode(_ type: Bool.Type) throws -> Bool { try decoder.boolean() }
    func decode(_ type: String.Type) throws -> String { try decoder.text() }
    func decode(_ type: Double.Type) throws -> Double { try decoder.floatingPoint() }
    func decode(_ type: Float.Type) throws -> Float { Float(try decoder.floatingPoint()) }
    func decode(_ type: Int.Type) throws -> Int { try decoder.integer(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try decoder.integer(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try decoder.integer(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try decoder.integer(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try decoder.integer(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try decoder.integer(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try decoder.integer(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try decoder.integer(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try decoder.integer(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try decoder.integer(type) }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.value(type) }
}

private struct KeyedTape<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoder: TapeDecoder
    var codingPath: [any CodingKey] { decoder.codingPath }

    var allKeys: [Key] {
        let children = decoder.tape.children(of: decoder.node)
        return stride(from: 0, to: children.count, by: 2).compactMap { index in
            decoder.tape.text(children[index]).flatMap { Key(stringValue: $0) }
        }
    }

    func contains(_ key: Key) -> Bool { decoder.tape.member(key.stringValue, of: decoder.node) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { decoder.tape.nodes[try member(key).node].kind == .null }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try member(key).boolean() }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try member(key).text() }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try member(key).floatingPoint() }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { Float(try member(key).floatingPoint()) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try member(key).integer(type) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try member(key).integer(type) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try member(key).integer(type) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try member(key).integer(type) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try member(key).integer(type) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try member(key).integer(type) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try member(key).integer(type) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try member(key).integer(type) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try member(key).integer(type) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try member(key).integer(type) }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try member(key).value(type) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try member(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try member(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { decoder }
    func superDecoder(forKey key: Key) throws -> any Decoder { try member(key) }

    private func member(_ key: Key) throws -> TapeDecoder {
        guard let node = decoder.tape.member(key.stringValue, of: decoder.node) else {
            throw DecodingError.keyNotFound(
                key,
                DecodingError.Context(codingPath: codingPath, debugDescription: "\"\(key.stringValue)\" is missing"))
        }
        return decoder.at(node)
    }
}

private struct UnkeyedTape: UnkeyedDecodingContainer {
    let decoder: TapeDecoder
    let children: [Int]
    var currentIndex = 0
    var codingPath: [any CodingKey] { decoder.codingPath }
    var count: Int? { children.count }
    var isAtEnd: Bool { currentIndex >= children.count }

    init(decoder: TapeDecoder, children: [Int]) {
        self.decoder = decoder
        self.children = children
    }

    mutating func decodeNil() throws -> Bool {
        guard decoder.tape.nodes[try current().node].kind == .null else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode(_ type: Bool.Type) throws -> Bool { try step { try $0.boolean() } }
    mutating func decode(_ type: String.Type) throws -> String { try step { try $0.text() } }
    mutating func decode(_ type: Double.Type) throws -> Double { try step { try $0.floatingPoint() } }
    mutating func decode(_ type: Float.Type) throws -> Float { try step { Float(try $0.floatingPoint()) } }
    mutating func decode(_ type: Int.Type) throws -> Int { try step { try $0.integer(type) } }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try step { try $0.integer(type) } }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try step { try $0.integer(type) } }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try step { try $0.integer(type) } }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try step { try $0.integer(type) } }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try step { try $0.integer(type) } }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try step { try $0.integer(type) } }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try step { try $0.integer(type) } }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try step { try $0.integer(type) } }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try step { try $0.integer(type) } }
    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try step { try $0.value(type) } }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try step { try $0.container(keyedBy: type) }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try step { try $0.unkeyedContainer() }
    }

    mutating func superDecoder() throws -> any Decoder { try step { $0 } }

    private func current() throws -> TapeDecoder {
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                String.self,
                DecodingError.Context(codingPath: codingPath, debugDescription: "the array has no more elements"))
        }
        return decoder.at(children[currentIndex])
    }

    private mutating func step<Value>(_ body: (TapeDecoder) throws -> Value) throws -> Value {
        let value = try body(try current())
        currentIndex += 1
        return value
    }
}

/// A step of a path: a member's name or an element's number.
struct TapeKey: CodingKey {
    var stringValue: String
    var intValue: Int?

    init(stringValue: String) { self.stringValue = stringValue }

    init(intValue: Int) {
        stringValue = "\(intValue)"
        self.intValue = intValue
    }
}

extension JSONTape {
    /// How to get from the root to a node.
    func path(to target: Int) -> [TapeKey] {
        var path: [TapeKey] = []
        var node = 0
        while node != target, node < target, target < Int(nodes[node].next) {
            let children = children(of: node)
            guard let index = children.lastIndex(where: { $0 <= target }) else { break }
            node = children[index]
            if nodes[Int(children[0]) - 1].kind == .object {
                if index.isMultiple(of: 2) { break }
                path.append(TapeKey(stringValue: text(children[index - 1]) ?? "?"))
            } else {
                path.append(TapeKey(intValue: index))
            }
        }
        return path
    }
}
