/// Trackers take `#1` for one of their tickets, and put a key or a link there.
struct TrackerLinks: Carrier {
    let name = "tracker links"

    func removed(from lines: [DumpLine]) -> [DumpLine]? {
        var isChanged = false
        var clean: [DumpLine] = []
        clean.reserveCapacity(lines.count)
        for line in lines {
            if let number = Self.number(line.bytes.trimmed) {
                isChanged = true
                clean.append(DumpLine(line.number, (Array("#\(number.value) ".utf8) + Array(number.rest))[...]))
            } else {
                clean.append(line)
            }
        }
        return isChanged ? clean : nil
    }

    /// A frame's number in disguise, and what follows it.
    private static func number(_ bytes: ArraySlice<UInt8>) -> (value: Int, rest: ArraySlice<UInt8>)? {
        var cursor = Cursor(bytes)
        if cursor.take(0x5b), cursor.take(0x23) {
            // [#1](https://...) and [#1|https://...]
            guard let value = cursor.takeNumber() else { return nil }
            if cursor.take("](") {
                guard cursor.take(until: 0x29) != nil else { return nil }
            } else if cursor.take(0x7c) {
                guard cursor.take(until: 0x5d) != nil else { return nil }
            } else if !cursor.take(0x5d) {
                return nil
            }
            return (value, cursor.rest.trimmed)
        }
        cursor = Cursor(bytes)
        let start = cursor.index
        while let byte = cursor.next, byte >= 0x41 && byte <= 0x5a || byte.isDigit { cursor.index += 1 }
        guard cursor.index - start >= 2, !bytes[start].isDigit, cursor.take(0x2d), let value = cursor.takeNumber(),
            value < 10_000, cursor.take(0x20)
        else { return nil }
        cursor.skipBlanks()
        // A ticket that is talked about is followed by other words.
        var place = cursor
        guard place.takeAddress() != nil || cursor.rest.contains(" (") && cursor.rest.contains(0x29) else { return nil }
        return (value, cursor.rest)
    }
}
