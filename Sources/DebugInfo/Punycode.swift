/// Identifiers outside ASCII in Rust's symbols: Punycode (RFC 3492) with "_" as the delimiter.
enum Punycode {
    /// No identifier that anyone reads is longer; decoding is quadratic.
    private static let characterLimit = 256

    /// The decoded identifier as UTF-8, nil when malformed or too long.
    static func decode(_ input: [UInt8]) -> [UInt8]? {
        var scalars: [Unicode.Scalar] = []
        var rest = input[...]
        if let delimiter = input.lastIndex(of: UInt8(ascii: "_")) {
            scalars = input[..<delimiter].map { Unicode.Scalar($0) }
            rest = input[(delimiter + 1)...]
        }
        guard !rest.isEmpty, scalars.count <= characterLimit else { return nil }
        var code: UInt64 = 128
        var index: UInt64 = 0
        var bias: UInt64 = 72
        var isFirst = true
        while !rest.isEmpty {
            let old = index
            var weight: UInt64 = 1
            var step: UInt64 = 36
            while true {
                guard let byte = rest.popFirst() else { return nil }
                let digit: UInt64
                switch byte {
                case 0x61...0x7a: digit = UInt64(byte - 0x61)
                case 0x30...0x39: digit = UInt64(byte - 0x30) + 26
                default: return nil
                }
                index += digit * weight
                let threshold = step <= bias ? 1 : min(step - bias, 26)
                if digit < threshold { break }
                weight *= 36 - threshold
                step += 36
                // Well above what the largest code point needs, well below overflow.
                guard weight < 1 << 40, index < 1 << 50 else { return nil }
            }
            let count = UInt64(scalars.count + 1)
            bias = adapt(index - old, count: count, isFirst: isFirst)
            isFirst = false
            code += index / count
            index %= count
            guard code <= 0x10ffff, let scalar = Unicode.Scalar(UInt32(code)), scalars.count < characterLimit else {
                return nil
            }
            scalars.insert(scalar, at: Int(index))
            index += 1
        }
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars)
        return Array(text.utf8)
    }

    private static func adapt(_ delta: UInt64, count: UInt64, isFirst: Bool) -> UInt64 {
        var delta = isFirst ? delta / 700 : delta / 2
        delta += delta / count
        var bias: UInt64 = 0
        while delta > 455 {
            delta /= 35
            bias += 36
        }
        return bias + 36 * delta / (delta + 38)
    }
}
