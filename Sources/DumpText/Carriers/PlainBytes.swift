/// The bytes of a text as lines: UTF-16, byte order marks, NUL bytes and carriage returns are undone.
struct PlainBytes {
    private(set) var lines: [DumpLine] = []
    private(set) var steps: [String] = []

    init(_ bytes: [UInt8]) {
        var bytes = bytes
        if let decoded = Self.fromUTF16(bytes) {
            bytes = decoded
            steps.append("UTF-16")
        }
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) {
            bytes.removeFirst(3)
            steps.append("a byte order mark")
        }
        if bytes.contains(0) {
            bytes.removeAll { $0 == 0 }
            steps.append("NUL bytes")
        }
        if bytes.contains(0x0d) { steps.append("carriage returns") }
        split(bytes)
    }

    /// By the byte order mark, or by zeros in every second place of what comes first.
    private static func fromUTF16(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count >= 4 else { return nil }
        var isLittle: Bool?
        var start = 0
        if bytes[0] == 0xff, bytes[1] == 0xfe { (isLittle, start) = (true, 2) }
        if bytes[0] == 0xfe, bytes[1] == 0xff { (isLittle, start) = (false, 2) }
        if isLittle == nil {
            let head = bytes.prefix(64)
            let even = stride(from: 0, to: head.count - 1, by: 2)
            if even.allSatisfy({ bytes[$0] != 0 && bytes[$0 + 1] == 0 }) { isLittle = true }
            if even.allSatisfy({ bytes[$0] == 0 && bytes[$0 + 1] != 0 }) { isLittle = false }
        }
        guard let isLittle else { return nil }
        var units: [UInt16] = []
        units.reserveCapacity(bytes.count / 2)
        for index in stride(from: start, to: bytes.count - 1, by: 2) {
            let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
            units.append(isLittle ? first | second << 8 : first << 8 | second)
        }
        return Array(String(decoding: units, as: UTF16.self).utf8)
    }

    /// A carriage return ends a line with or without a line feed.
    private mutating func split(_ bytes: [UInt8]) {
        var (start, number, index) = (0, 1, 0)
        while index < bytes.count {
            let byte = bytes[index]
            guard byte == 0x0a || byte == 0x0d else {
                index += 1
                continue
            }
            lines.append(DumpLine(number, bytes[start..<index]))
            number += 1
            if byte == 0x0d, index + 1 < bytes.count, bytes[index + 1] == 0x0a { index += 1 }
            index += 1
            start = index
        }
        if start < bytes.count { lines.append(DumpLine(number, bytes[start...])) }
    }
}
