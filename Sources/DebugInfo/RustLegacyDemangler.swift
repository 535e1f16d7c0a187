/// Rust's older symbols: Itanium nested names that end in a hash, `_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE`,
/// with characters that no C++ name has as `$…$` and `..` (rustc_symbol_mangling, legacy.rs).
enum RustLegacyDemangler {
    /// The path without its hash, nil when `symbol` is not such a name.
    static func demangle(_ symbol: String) -> String? {
        // The hash is what tells them from C++: 17h, 16 hexadecimal digits, E; a suffix such as ".llvm.123" may follow.
        guard symbol.hasPrefix("_ZN") else { return nil }
        let bytes = Array(symbol.utf8)
        var position = 3
        var parts: [ArraySlice<UInt8>] = []
        while position < bytes.count, bytes[position] != UInt8(ascii: "E") {
            var length = 0
            let digits = position
            while position < bytes.count, (0x30...0x39).contains(bytes[position]), length <= bytes.count {
                length = length * 10 + Int(bytes[position] - 0x30)
                position += 1
            }
            guard position > digits, length > 0, length <= bytes.count - position else { return nil }
            parts.append(bytes[position..<position + length])
            position += length
        }
        guard position < bytes.count, parts.count > 1, let hash = parts.popLast(), isHash(hash) else { return nil }
        guard position + 1 == bytes.count || bytes[position + 1] == UInt8(ascii: ".") else { return nil }
        return parts.map(unescape).joined(separator: "::")
    }

    private static func isHash(_ part: ArraySlice<UInt8>) -> Bool {
        part.count == 17 && part.first == UInt8(ascii: "h")
            && part.dropFirst().allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    private static let escapes: [String: String] = [
        "SP": "@", "BP": "*", "RF": "&", "LT": "<", "GT": ">", "LP": "(", "RP": ")", "C": ",",
    ]

    private static func unescape(_ part: ArraySlice<UInt8>) -> String {
        var text = ""
        var rest = Substring(String(decoding: part, as: UTF8.self))
        // An identifier may not begin with "$", so that the compiler puts "_" in front.
        if rest.hasPrefix("_$") { rest = rest.dropFirst() }
        while let character = rest.first {
            if rest.hasPrefix("..") {
                text += "::"
                rest = rest.dropFirst(2)
            } else if character == "$", let end = rest.dropFirst().firstIndex(of: "$") {
                let name = rest[rest.index(after: rest.startIndex)..<end]
                if let escape = escapes[String(name)] {
                    text += escape
                } else if name.hasPrefix("u"), let code = UInt32(name.dropFirst(), radix: 16),
                    let scalar = Unicode.Scalar(code)
                {
                    text.unicodeScalars.append(scalar)
                } else {
                    text += rest
                    return text
                }
                rest = rest[rest.index(after: end)...]
            } else {
                text.append(character)
                rest = rest.dropFirst()
            }
        }
        return text
    }
}
