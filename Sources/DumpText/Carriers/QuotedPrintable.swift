/// Mail bodies in quoted-printable (RFC 2045, section 6.7): `=3D` is `=`, and a `=` at the end joins the next line.
struct QuotedPrintable: Carrier {
    let name = "quoted-printable"

    func removed(from lines: [DumpLine]) -> [DumpLine]? {
        // "=3D" stands in no dump by itself; "=0x" is what a dump is full of.
        guard lines.contains(where: { $0.bytes.contains("=3D") }) else { return nil }
        var clean: [DumpLine] = []
        var open: [UInt8]?
        var number = 0
        for line in lines {
            var bytes = open ?? []
            if open == nil { number = line.number }
            var content = line.bytes
            if open != nil {
                // The joined part has quotes of its own only where the mail program put them there.
                while let first = content.first, first == 0x3e { content = content.dropFirst() }
            }
            let isSoft = content.last == 0x3d
            if isSoft { content = content.dropLast() }
            bytes += Self.decode(content)
            if isSoft, bytes.count < 1 << 20 {
                open = bytes
            } else {
                clean.append(DumpLine(number, bytes[...]))
                open = nil
            }
        }
        if let open { clean.append(DumpLine(number, open[...])) }
        return clean
    }

    private static func decode(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            // Encoders write capitals, which addresses in dumps do not have.
            if bytes[index] == 0x3d, index + 2 < bytes.endIndex, let high = capital(bytes[index + 1]),
                let low = capital(bytes[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(bytes[index])
                index += 1
            }
        }
        return decoded
    }

    private static func capital(_ byte: UInt8) -> UInt8? {
        byte >= 0x61 ? nil : Cursor.digit(byte).map { UInt8($0) }
    }
}
