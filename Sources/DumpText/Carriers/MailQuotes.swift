/// "> " before quoted lines, as deep as they go. What follows the last mark is the line.
struct MailQuotes: Carrier {
    let name = "mail quotes"

    func removed(from lines: [DumpLine]) -> [DumpLine]? {
        var quoted = 0
        for line in lines where Self.depth(line.bytes).depth > 0 { quoted += 1 }
        guard quoted >= 2 || quoted == 1 && lines.count == 1 else { return nil }
        return lines.map { line in DumpLine(line.number, line.bytes[Self.depth(line.bytes).end...]) }
    }

    private static func depth(_ bytes: ArraySlice<UInt8>) -> (depth: Int, end: Int) {
        var (depth, end, index) = (0, bytes.startIndex, bytes.startIndex)
        while index < bytes.endIndex, bytes[index] == 0x3e || bytes[index] == 0x7c && depth > 0 || bytes[index] == 0x20
        {
            if bytes[index] == 0x3e {
                depth += 1
                end = index + 1
                // One blank belongs to the mark.
                if end < bytes.endIndex, bytes[end] == 0x20 { end += 1 }
            } else if bytes[index] == 0x20, index > end + 1 {
                break
            }
            index += 1
        }
        return (depth, end)
    }
}
