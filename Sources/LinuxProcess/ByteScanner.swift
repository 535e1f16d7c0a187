/// Reads the numbers and fields of a /proc file from its bytes. Never traps: what does not parse is nil.
struct ByteScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    private(set) var position = 0

    /// `bytes` is borrowed: the scanner must not outlive it.
    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    var isAtEnd: Bool { position >= bytes.count }
    var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// Steps over `byte` if it is next.
    @discardableResult
    mutating func skip(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    mutating func skipSpaces() {
        while position < bytes.count, bytes[position] == .space || bytes[position] == .tab { position += 1 }
    }

    /// Steps over everything up to the next space.
    mutating func skipField() {
        while position < bytes.count, bytes[position] != .space, bytes[position] != .newline { position += 1 }
    }

    mutating func advance() { if position < bytes.count { position += 1 } }

    /// A decimal number without sign; nil when there is no digit or it does not fit.
    mutating func decimal() -> UInt64? {
        var value: UInt64 = 0
        let start = position
        while position < bytes.count {
            let digit = bytes[position] &- 0x30
            guard digit < 10 else { break }
            let (product, tooBig) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            if tooBig || carry { return nil }
            value = sum
            position += 1
        }
        return position > start ? value : nil
    }

    mutating func signedDecimal() -> Int64? {
        let isNegative = skip(UInt8(ascii: "-"))
        guard let value = decimal(), value <= UInt64(Int64.max) else { return nil }
        return isNegative ? -Int64(value) : Int64(value)
    }

    /// Hexadecimal digits, with or without "0x"; nil when there is none or more than 16.
    mutating func hexadecimal() -> UInt64? {
        if position + 1 < bytes.count, bytes[position] == 0x30, bytes[position + 1] | 0x20 == UInt8(ascii: "x") {
            position += 2
        }
        var value: UInt64 = 0
        let start = position
        while position < bytes.count {
            let byte = bytes[position]
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x61...0x66: digit = byte - 0x57
            case 0x41...0x46: digit = byte - 0x37
            default: return position > start ? value : nil
            }
            guard position - start < 16 else { return nil }
            value = value << 4 | UInt64(digit)
            position += 1
        }
        return position > start ? value : nil
    }

    /// The bytes up to the end of the line, without it; the position is then at the start of the next line.
    mutating func restOfLine() -> UnsafeBufferPointer<UInt8> {
        let start = position
        while position < bytes.count, bytes[position] != .newline { position += 1 }
        let line = UnsafeBufferPointer(rebasing: bytes[start..<position])
        skip(.newline)
        return line
    }
}

extension UInt8 {
    static let space = UInt8(ascii: " ")
    static let tab = UInt8(ascii: "\t")
    static let newline = UInt8(ascii: "\n")
}
