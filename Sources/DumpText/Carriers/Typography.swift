/// What word processors and trackers make of quotes, dashes, dots and blanks.
struct Typography: Carrier {
    let name = "typographic characters"

    private static let plain: [UInt32: [UInt8]] = {
        var table: [UInt32: [UInt8]] = [:]
        for code in [0x2018, 0x2019, 0x201a, 0x2032] as [UInt32] { table[code] = Array("'".utf8) }
        for code in [0x201c, 0x201d, 0x201e, 0x2033, 0xab, 0xbb] as [UInt32] { table[code] = Array("\"".utf8) }
        for code in [0x2010, 0x2011, 0x2012, 0x2212] as [UInt32] { table[code] = Array("-".utf8) }
        for code in [0x2013, 0x2014, 0x2015] as [UInt32] { table[code] = Array("--".utf8) }
        for code in [0xa0, 0x2002, 0x2003, 0x2007, 0x2009, 0x202f] as [UInt32] { table[code] = Array(" ".utf8) }
        for code in [0x200b, 0x200c, 0x200d, 0x2060, 0xfeff, 0xad] as [UInt32] { table[code] = [] }
        table[0x2026] = Array("...".utf8)
        return table
    }()

    func removed(from lines: [DumpLine]) -> [DumpLine]? {
        var isChanged = false
        let clean = lines.map { line -> DumpLine in
            guard line.bytes.contains(where: { $0 >= 0x80 }) else { return line }
            var bytes: [UInt8] = []
            var isOther = false
            for scalar in line.text.unicodeScalars {
                if let plain = Self.plain[scalar.value] {
                    bytes += plain
                    isOther = true
                } else {
                    bytes += Array(String(scalar).utf8)
                }
            }
            guard isOther else { return line }
            isChanged = true
            return DumpLine(line.number, bytes[...])
        }
        return isChanged ? clean : nil
    }
}
