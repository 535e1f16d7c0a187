/// A JSON text (RFC 8259) taken apart: its values in the order of the text, in one array.
///
/// Untrusted input: every read is checked against the end, depth is bounded, and no recursion follows the input.
/// Memory is at most 20 bytes for each two bytes of the text.
struct JSONTape {
    enum Kind: UInt8 {
        case object, array, string, escapedString, number, isTrue, isFalse, null
    }

    /// One value. Of an object the members follow, key and value in turn; of an array its elements.
    struct Node {
        var kind: Kind
        /// Where it begins in the text; for strings, after the quote.
        var start: UInt32
        /// One past its end; for strings, at the closing quote.
        var end: UInt32
        /// The index of the node after it and all that it holds.
        var next: UInt32
    }

    /// What is wrong with the text, and at which byte.
    struct Malformed: Error, Equatable {
        var reason: String
        var offset: Int
    }

    /// Deeper than any snapshot nests.
    static let depthLimit = 32
    /// 1 GiB, so that offsets and counts of nodes fit 32 bits.
    static let sizeLimit = 1 << 30

    let bytes: [UInt8]
    private(set) var nodes: [Node] = []

    init(_ bytes: [UInt8]) throws(Malformed) {
        self.bytes = bytes
        guard bytes.count <= Self.sizeLimit else { throw Malformed(reason: "it is larger than 1 GiB", offset: 0) }
        nodes.reserveCapacity(bytes.count / 12)
        var position = 0
        var open: [UInt32] = []
        skipSpace(&position)
        while true {
            // Here a value begins: the root, an element, or a member's value whose key is already read.
            try value(&position, &open)
            // After a value: close what ends, go on with what does not.
            var needsValue = false
            while !needsValue {
                skipSpace(&position)
                guard let container = open.last else {
                    guard position == bytes.count else {
                        throw Malformed(reason: "text after the end", offset: position)
                    }
                    return
                }
                let node = nodes[Int(container)]
                let close: UInt8 = node.kind == .object ? 0x7D : 0x5D
                let isFirst = nodes.count == Int(container) + 1
                guard position < bytes.count else { throw Malformed(reason: "the text is cut short", offset: position) }
                if bytes[position] == close {
                    position += 1
                    nodes[Int(container)].end = UInt32(position)
                    nodes[Int(container)].next = UInt32(nodes.count)
                    open.removeLast()
                    continue
                }
                if !isFirst {
                    try expect(0x2C, "a comma", &position)
                    skipSpace(&position)
                }
                if node.kind == .object {
                    try string(&position)
                    skipSpace(&position)
                    try expect(0x3A, "a colon", &position)
                    skipSpace(&position)
                }
                needsValue = true
            }
        }
    }

    private mutating func value(_ position: inout Int, _ open: inout [UInt32]) throws(Malformed) {
        guard position < bytes.count else { throw Malformed(reason: "the text is cut short", offset: position) }
        let start = UInt32(position)
        switch bytes[position] {
        case 0x7B, 0x5B:
            guard open.count < Self.depthLimit else { throw Malformed(reason: "nested too deeply", offset: position) }
            open.append(UInt32(nodes.count))
            nodes.append(Node(kind: bytes[position] == 0x7B ? .object : .array, start: start, end: start, next: 0))
            position += 1
        case 0x22: try string(&position)
        case 0x2D, 0x30...0x39:
            position += 1
            while position < bytes.count, Self.isNumberPart(bytes[position]) { position += 1 }
            append(.number, start, UInt32(position))
        case 0x74: try word("true", .isTrue, &position)
        case 0x66: try word("false", .isFalse, &position)
        case 0x6E: try word("null", .null, &position)
        default: throw Malformed(reason: "not the beginning of a value", offset: position)
        }
    }

    private mutating func string(_ position: inout Int) throws(Malformed) {
        try expect(0x22, "a string", &position)
        let start = UInt32(position)
        var kind = Kind.string
        while position < bytes.count {
            switch bytes[position] {
            case 0x22:
                append(kind, start, UInt32(position))
                position += 1
                return
            case 0x5C:
                kind = .escapedString
                position += 2
            case ..<0x20: throw Malformed(reason: "a control character in a string", offset: position)
            default: position += 1
            }
        }
        throw Malformed(reason: "the text is cut short within a string", offset: Int(start))
    }

    private mutating func word(_ text: StaticString, _ kind: Kind, _ position: inout Int) throws(Malformed) {
        let end = position + text.utf8CodeUnitCount
        let matches = end <= bytes.count && text.withUTF8Buffer { bytes[position..<end].elementsEqual($0) }
        guard matches else { throw Malformed(reason: "not the beginning of a value", offset: position) }
        append(kind, UInt32(position), UInt32(end))
        position = end
    }

    private mutating func append(_ kind: Kind, _ start: UInt32, _ end: UInt32) {
        nodes.append(Node(kind: kind, start: start, end: end, next: UInt32(nodes.count + 1)))
    }

    private func expect(_ byte: UInt8, _ name: String, _ position: inout Int) throws(Malformed) {
        guard position < bytes.count else { throw Malformed(reason: "the text is cut short", offset: position) }
        guard bytes[position] == byte else { throw Malformed(reason: "\(name) was expected", offset: position) }
        position += 1
    }

    private func skipSpace(_ position: inout Int) {
        while position < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[position]) { position += 1 }
    }

    private static func isNumberPart(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x2B, 0x2D, 0x2E, 0x45, 0x65: true
        default: false
        }
    }
}

extension JSONTape {
    /// The children of a container: elements, or keys and values in turn.
    func children(of node: Int) -> [Int] {
        var found: [Int] = []
        var child = node + 1
        let end = Int(nodes[node].next)
        while child < end {
            found.append(child)
            child = Int(nodes[child].next)
        }
        return found
    }

    /// The value of an object's member, nil when there is none of that name.
    func member(_ key: String, of object: Int) -> Int? {
        guard nodes[object].kind == .object else { return nil }
        var key = key
        return key.withUTF8 { wanted in
            var child = object + 1
            let end = Int(nodes[object].next)
            while child < end {
                let node = nodes[child]
                if Int(node.end - node.start) == wanted.count, node.kind == .string,
                    bytes[Int(node.start)..<Int(node.end)].elementsEqual(wanted)
                {
                    return child + 1
                }
                child = Int(nodes[child + 1].next)
            }
            return nil
        }
    }

    /// The text of a string, nil when it is none or is not valid.
    func text(_ node: Int) -> String? {
        let range = Int(nodes[node].start)..<Int(nodes[node].end)
        switch nodes[node].kind {
        case .string: return String(validating: bytes[range], as: UTF8.self)
        case .escapedString: return unescaped(bytes[range]).flatMap { String(validating: $0, as: UTF8.self) }
        default: return nil
        }
    }

    /// The digits of a number as ASCII, nil when it is none.
    func number(_ node: Int) -> String? {
        guard nodes[node].kind == .number else { return nil }
        return String(decoding: bytes[Int(nodes[node].start)..<Int(nodes[node].end)], as: UTF8.self)
    }

    /// A whole number, nil when it is none or does not fit.
    func integer<Value: FixedWidthInteger>(_ node: Int, as type: Value.Type) -> Value? {
        guard nodes[node].kind == .number else { return nil }
        var position = Int(nodes[node].start)
        let end = Int(nodes[node].end)
        let isNegative = bytes[position] == 0x2D
        if isNegative { position += 1 }
        guard position < end else { return nil }
        var value: Value = 0
        while position < end {
            guard (0x30...0x39).contains(bytes[position]) else { return nil }
            let digit = Value(bytes[position] - 0x30)
            let (product, productOverflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, sumOverflow) =
                isNegative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            guard !productOverflow, !sumOverflow else { return nil }
            value = sum
            position += 1
        }
        return value
    }

    private func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var position = text.startIndex
        while position < text.endIndex {
            guard text[position] == 0x5C else {
                result.append(text[position])
                position += 1
                continue
            }
            guard position + 1 < text.endIndex else { return nil }
            let escape = text[position + 1]
            position += 2
            switch escape {
            case 0x22, 0x5C, 0x2F: result.append(escape)
            case 0x62: result.append(0x08)
            case 0x66: result.append(0x0C)
            case 0x6E: result.append(0x0A)
            case 0x72: result.append(0x0D)
            case 0x74: result.append(0x09)
            case 0x75:
                guard let scalar = scalar(text, &position) else { return nil }
                result.append(contentsOf: String(scalar).utf8)
            default: return nil
            }
        }
        return result
    }

    /// The scalar of `uXXXX`, of two for a surrogate pair; `position` is at the first digit.
    private func scalar(_ text: ArraySlice<UInt8>, _ position: inout Int) -> Unicode.Scalar? {
        guard let high = hexadecimal(text, &position) else { return nil }
        guard (0xD800..<0xDC00).contains(high) else { return Unicode.Scalar(high) }
        guard position + 1 < text.endIndex, text[position] == 0x5C, text[position + 1] == 0x75 else { return nil }
        position += 2
        guard let low = hexadecimal(text, &position), (0xDC00..<0xE000).contains(low) else { return nil }
        return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
    }

    private func hexadecimal(_ text: ArraySlice<UInt8>, _ position: inout Int) -> UInt32? {
        guard position + 4 <= text.endIndex else { return nil }
        let digits = text[position..<position + 4]
        position += 4
        var value: UInt32 = 0
        for digit in digits {
            switch digit {
            case 0x30...0x39: value = value << 4 | UInt32(digit - 0x30)
            case 0x41...0x46: value = value << 4 | UInt32(digit - 0x37)
            case 0x61...0x66: value = value << 4 | UInt32(digit - 0x57)
            default: return nil
            }
        }
        return value
    }
}
