/// One line of a text, as the carriers left it.
struct DumpLine: Sendable {
    /// Of the text as it was given, from 1. Several lines have one number where a line held several.
    var number: Int
    var bytes: ArraySlice<UInt8>

    init(_ number: Int, _ bytes: ArraySlice<UInt8>) {
        self.number = number
        self.bytes = bytes
    }

    /// Damaged UTF-8 shows as replacement characters.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    var isBlank: Bool { bytes.allSatisfy { $0 == 0x20 || $0 == 0x09 } }

    /// How many blanks it begins with; a tab counts as eight.
    var indent: Int {
        var width = 0
        for byte in bytes {
            if byte == 0x20 { width += 1 } else if byte == 0x09 { width += 8 } else { break }
        }
        return width
    }
}

extension ArraySlice<UInt8> {
    /// Without the blanks around it.
    var trimmed: Self {
        var slice = self
        while let first = slice.first, first == 0x20 || first == 0x09 { slice = slice.dropFirst() }
        while let last = slice.last, last == 0x20 || last == 0x09 { slice = slice.dropLast() }
        return slice
    }

    func begins(with text: StaticString) -> Bool {
        guard count >= text.utf8CodeUnitCount else { return false }
        var index = startIndex
        for offset in 0..<text.utf8CodeUnitCount {
            if self[index] != text.utf8Start[offset] { return false }
            index += 1
        }
        return true
    }

    func ends(with text: StaticString) -> Bool {
        suffix(text.utf8CodeUnitCount).begins(with: text) && count >= text.utf8CodeUnitCount
    }

    /// Where `text` begins first; nil where it is not in it.
    func firstIndex(of text: StaticString, from start: Int? = nil) -> Int? {
        let count = text.utf8CodeUnitCount
        guard count > 0, let first = self.first.map({ _ in text.utf8Start[0] }) else { return nil }
        var index = start ?? startIndex
        while index + count <= endIndex {
            guard let next = self[index...].firstIndex(of: first), next + count <= endIndex else { return nil }
            if self[next...].begins(with: text) { return next }
            index = next + 1
        }
        return nil
    }

    func contains(_ text: StaticString) -> Bool { firstIndex(of: text) != nil }

    var string: String { String(decoding: self, as: UTF8.self) }
}

/// Reads a line from left to right.
struct Cursor {
    let bytes: ArraySlice<UInt8>
    var index: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        index = bytes.startIndex
    }

    var isAtEnd: Bool { index >= bytes.endIndex }
    var next: UInt8? { index < bytes.endIndex ? bytes[index] : nil }
    var rest: ArraySlice<UInt8> { bytes[Swift.min(index, bytes.endIndex)...] }

    mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || byte == 0x09 { index += 1 }
    }

    /// Goes behind `text` if that comes next.
    mutating func take(_ text: StaticString) -> Bool {
        guard rest.begins(with: text) else { return false }
        index += text.utf8CodeUnitCount
        return true
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        index += 1
        return true
    }

    /// A decimal number of at most 19 digits; nil, and nothing read, where there is none.
    mutating func takeNumber() -> Int? {
        var value = 0
        var digits = 0
        while let byte = next, byte >= 0x30, byte <= 0x39, digits < 19 {
            let (more, isOver) = value.multipliedReportingOverflow(by: 10)
            if isOver { return nil }
            value = more &+ Int(byte - 0x30)
            digits += 1
            index += 1
        }
        return digits > 0 && value >= 0 ? value : nil
    }

    /// "0x" and hexadecimal digits; nil, and nothing read, where there are none.
    mutating func takeAddress() -> UInt64? {
        let start = index
        guard take("0x") else { return nil }
        guard let value = takeHexadecimal() else {
            index = start
            return nil
        }
        return value
    }

    /// Up to 16 hexadecimal digits.
    mutating func takeHexadecimal() -> UInt64? {
        let start = index
        var value: UInt64 = 0
        while let byte = next, let digit = Self.digit(byte) {
            if index - start >= 16 { return nil }
            value = value << 4 | digit
            index += 1
        }
        return index > start ? value : nil
    }

    /// What stands before `byte`, which is read, too; nil, and nothing read, where it does not come.
    mutating func take(until byte: UInt8) -> ArraySlice<UInt8>? {
        guard let end = rest.firstIndex(of: byte) else { return nil }
        let found = bytes[index..<end]
        index = end + 1
        return found
    }

    static func digit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case 0x30...0x39: UInt64(byte - 0x30)
        case 0x61...0x66: UInt64(byte - 0x61 + 10)
        case 0x41...0x46: UInt64(byte - 0x41 + 10)
        default: nil
        }
    }
}

extension UInt8 {
    var isDigit: Bool { self >= 0x30 && self <= 0x39 }
    /// A letter, a digit or an underscore.
    var isWord: Bool { isDigit || self == 0x5f || self | 0x20 >= 0x61 && self | 0x20 <= 0x7a }
}
