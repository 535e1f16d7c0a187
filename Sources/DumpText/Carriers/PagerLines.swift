/// gdb's pager asks for a key; its question lands between lines, or in the midst of one.
struct PagerLines: Carrier {
    let name = "pager lines"

    func removed(from lines: [DumpLine]) -> [DumpLine]? {
        guard lines.contains(where: { Self.question($0.bytes) != nil }) else { return nil }
        var clean: [DumpLine] = []
        var open: DumpLine?
        for line in lines {
            var line = line
            if let begun = open {
                line = DumpLine(begun.number, (Array(begun.bytes) + Array(line.bytes))[...])
                open = nil
            }
            guard let question = Self.question(line.bytes) else {
                clean.append(line)
                continue
            }
            let before = line.bytes[..<question.lowerBound]
            let after = line.bytes[question.upperBound...]
            if before.trimmed.isEmpty && after.trimmed.isEmpty { continue }
            if after.trimmed.isEmpty {
                // The frame goes on in the next line, without a blank between.
                open = DumpLine(line.number, before)
            } else {
                clean.append(DumpLine(line.number, (Array(before) + Array(after))[...]))
            }
        }
        if let open { clean.append(open) }
        return clean
    }

    /// Where the question stands: its words, whatever happened to the brackets, and the dashes around it.
    private static func question(_ bytes: ArraySlice<UInt8>) -> Range<Int>? {
        guard let type = bytes.firstIndex(of: "-Type ") else { return nil }
        let words = bytes[type...]
        var end: Int?
        for last in ["to quit", "without paging"] as [StaticString] {
            if let found = words.firstIndex(of: last), found - type < 90 {
                end = Swift.max(end ?? 0, found + last.utf8CodeUnitCount)
            }
        }
        guard var end else { return nil }
        var start = type
        while start > bytes.startIndex, bytes[start - 1] == 0x2d { start -= 1 }
        while end < bytes.endIndex, bytes[end] == 0x2d { end += 1 }
        return start..<end
    }
}
