/// A stretch of code that belongs together: a function, or a part of one that the compiler put elsewhere.
struct CodeRange {
    /// What its bounds rest on.
    enum Source: UInt8 {
        case unwindTable
        case symbol
        /// Neither: the code between two others.
        case gap
    }

    var start: UInt64
    var end: UInt64
    var source: Source
    /// Names at its start: functions first, as the tables have them.
    var names: [String] = []
    /// Of its table of landing pads.
    var landingPads: UInt64?
    /// Into the binary's instructions.
    var instructions: Range<Int> = 0..<0

    func holds(_ address: UInt64) -> Bool { address >= start && address < end }
}

extension BinaryFile {
    /// All code ranges by address, without overlaps: of the unwind tables; of symbols where these leave room; and what
    /// is left of the executable sections, such as assembler routines without either.
    func codeRanges() -> [CodeRange] {
        var ranges = (unwind?.ranges ?? []).filter { isCode($0.start) }.map {
            CodeRange(start: $0.start, end: $0.end, source: .unwindTable, landingPads: $0.landingPads)
        }
        // A range that reaches into the next one ends there.
        for index in ranges.indices.dropLast() { ranges[index].end = min(ranges[index].end, ranges[index + 1].start) }
        let functions = symbols.filter { $0.isFunction && $0.size > 0 && isCode($0.address) }
        ranges = Self.filled(
            ranges,
            with: functions.map { CodeRange(start: $0.address, end: $0.address &+ $0.size, source: .symbol) })
        // Symbols without a size reach to the next start.
        let starts = symbols.filter { $0.isFunction && $0.size == 0 && isCode($0.address) }.map(\.address)
        var gaps: [CodeRange] = []
        for section in code {
            var edges = starts.filter { $0 >= section.address && $0 < section.address &+ section.size }
            if edges.first != section.address { edges.insert(section.address, at: 0) }
            for (index, start) in edges.enumerated() {
                let end = index + 1 < edges.count ? edges[index + 1] : section.address &+ section.size
                if end > start { gaps.append(CodeRange(start: start, end: end, source: .gap)) }
            }
        }
        ranges = Self.filled(ranges, with: gaps)
        var position = 0
        for index in ranges.indices {
            while position < symbols.count, symbols[position].address < ranges[index].start { position += 1 }
            var probe = position
            while probe < symbols.count, symbols[probe].address == ranges[index].start {
                if symbols[probe].isFunction { ranges[index].names.append(symbols[probe].name) }
                probe += 1
            }
        }
        return ranges
    }

    /// `ranges`, sorted and disjoint, with those parts of `others` that lie between them.
    private static func filled(_ ranges: [CodeRange], with others: [CodeRange]) -> [CodeRange] {
        var result = ranges
        var additions: [CodeRange] = []
        var covered: UInt64 = 0
        var index = 0
        for other in others.sorted(by: { ($0.start, $1.end) < ($1.start, $0.end) }) {
            var start = max(other.start, covered)
            while start < other.end {
                while index < ranges.count, ranges[index].end <= start { index += 1 }
                if index < ranges.count, ranges[index].holds(start) {
                    start = ranges[index].end
                    continue
                }
                let end = index < ranges.count ? min(other.end, ranges[index].start) : other.end
                var part = other
                part.start = start
                part.end = end
                additions.append(part)
                start = end
            }
            covered = max(covered, other.end)
        }
        result += additions
        result.sort { $0.start < $1.start }
        return result
    }
}
