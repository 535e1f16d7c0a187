/// Pages of archives: tags are taken off and entities put back.
struct MarkedUpText: Carrier {
    let name = "HTML"

    private static let tags: Set<String> = [
        "a", "b", "blockquote", "body", "br", "code", "div", "em", "font", "head", "html", "i", "li", "ol", "p", "pre",
        "span", "strong", "table", "td", "tr", "tt", "ul", "meta", "title", "samp", "kbd", "h1", "h2", "h3", "hr",
    ]
    private static let entities: [(StaticString, UInt8)] = [
        ("&lt;", 0x3c), ("&gt;", 0x3e), ("&quot;", 0x22), ("&#39;", 0x27), ("&apos;", 0x27), ("&nbsp;", 0x20),
        ("&#x27;", 0x27), ("&#34;", 0x22), ("&#160;", 0x20), ("&amp;", 0x26),
    ]

    func removed(from lines: [DumpLine]) -> [DumpLine]? {
        var seen = 0
        for line in lines where line.bytes.contains("&gt;") || line.bytes.contains("&lt;") || Self.hasTag(line.bytes) {
            seen += 1
        }
        guard seen > 0 else { return nil }
        return lines.compactMap { line in
            guard line.bytes.contains(0x26) || line.bytes.contains(0x3c) else { return line }
            let clean = Self.clean(line.bytes)
            // A line of nothing but tags was none.
            return clean.isEmpty && !line.isBlank ? nil : DumpLine(line.number, clean[...])
        }
    }

    private static func hasTag(_ bytes: ArraySlice<UInt8>) -> Bool {
        ["<br>", "</span>", "<span ", "<pre>", "</pre>", "<div", "</div>", "<p>", "</p>", "<br/>", "<br />"]
            .contains { bytes.contains($0) }
    }

    private static func clean(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var clean: [UInt8] = []
        var index = bytes.startIndex
        scan: while index < bytes.endIndex {
            let byte = bytes[index]
            if byte == 0x3c, let end = tagEnd(bytes, index) {
                index = end
                continue
            }
            if byte == 0x26 {
                for (entity, plain) in entities where bytes[index...].begins(with: entity) {
                    clean.append(plain)
                    index += entity.utf8CodeUnitCount
                    continue scan
                }
            }
            clean.append(byte)
            index += 1
        }
        return clean
    }

    /// Behind a tag of a page; nil for what a dump has in angle brackets, such as `<signal handler called>`.
    private static func tagEnd(_ bytes: ArraySlice<UInt8>, _ start: Int) -> Int? {
        var cursor = Cursor(bytes[(start + 1)...])
        _ = cursor.take(0x2f)
        let first = cursor.index
        while let byte = cursor.next, byte.isWord, cursor.index - first < 12 { cursor.index += 1 }
        let name = bytes[first..<cursor.index].string
        guard tags.contains(name) || tags.contains(name.lowercased()), let next = cursor.next,
            next == 0x3e || next == 0x20 || next == 0x2f, cursor.take(until: 0x3e) != nil
        else { return nil }
        return cursor.index
    }
}
