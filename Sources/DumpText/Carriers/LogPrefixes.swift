/// What loggers and CI systems put before each line: syslog, journald, glog, GitHub Actions, Docker and others, all of
/// which begin with a time.
struct LogPrefixes: Carrier {
    let name = "log prefixes"

    private static let months: [StaticString] = [
        "Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ", "Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec ",
    ]

    func removed(from lines: [DumpLine]) -> [DumpLine]? {
        let ends = lines.map { Self.end($0.bytes) }
        // One such line alone may be the dump's own last one.
        guard ends.count(where: { $0 != nil }) >= 2 else { return nil }
        return zip(lines, ends).map { line, end in
            guard let end else { return line }
            return DumpLine(line.number, line.bytes[end...])
        }
    }

    /// Behind the prefix; nil where there is none, and where nothing but a time stands.
    private static func end(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard var end = afterSyslog(bytes) ?? afterGlog(bytes) ?? afterISO(bytes) else { return nil }
        // Marks in square brackets: level, thread, source.
        while let bracket = afterBrackets(bytes, end) { end = bracket }
        if end < bytes.endIndex, bytes[end] == 0x3a { end += 1 }
        if end < bytes.endIndex, bytes[end] == 0x20 { end += 1 }
        return end
    }

    private static func afterBrackets(_ bytes: ArraySlice<UInt8>, _ start: Int) -> Int? {
        var cursor = Cursor(bytes[start...])
        cursor.skipBlanks()
        // "[Thread 0x... exited]" and "[Switching to ...]" are the debugger's own.
        guard cursor.take(0x5b), !cursor.rest.begins(with: "Thread"), !cursor.rest.begins(with: "Switching"),
            !cursor.rest.begins(with: "New "), !cursor.rest.begins(with: "<"),
            !cursor.rest.begins(with: "Current thread"), !cursor.rest.begins(with: "Inferior"),
            let inner = cursor.take(until: 0x5d), inner.count < 64
        else { return nil }
        return cursor.index
    }

    /// "Jul 12 04:15:09 host tag[50110]:", what journald writes, too.
    private static func afterSyslog(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard months.contains(where: { bytes.begins(with: $0) }) else { return nil }
        var cursor = Cursor(bytes.dropFirst(4))
        cursor.skipBlanks()
        guard cursor.takeNumber() != nil, cursor.take(0x20), takeTime(&cursor), cursor.take(0x20) else { return nil }
        guard let tag = cursor.rest.firstIndex(of: "]: ") ?? cursor.rest.firstIndex(of: ": "),
            tag - cursor.index < 128
        else { return nil }
        return bytes[tag] == 0x5d ? tag + 2 : tag + 1
    }

    /// "W0712 04:15:09.120344 50190 trace.cc:40]".
    private static func afterGlog(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard let first = bytes.first, [0x49, 0x57, 0x45, 0x46].contains(first) else { return nil }
        var cursor = Cursor(bytes.dropFirst())
        guard cursor.takeNumber() != nil, cursor.take(0x20), takeTime(&cursor),
            let inner = cursor.take(until: 0x5d), inner.count < 128
        else { return nil }
        return cursor.index
    }

    /// "2031-07-12T04:15:09.120Z", with or without brackets, and Docker Compose's "name  | " before it.
    private static func afterISO(_ bytes: ArraySlice<UInt8>) -> Int? {
        var cursor = Cursor(bytes)
        if let bar = bytes.prefix(48).firstIndex(of: 0x7c), bytes[..<bar].contains(where: \.isWord),
            bar + 1 < bytes.endIndex
        {
            var inner = Cursor(bytes[(bar + 1)...])
            inner.skipBlanks()
            if inner.next?.isDigit == true || inner.next == 0x5b { cursor = inner }
        }
        let isBracketed = cursor.take(0x5b)
        guard let year = cursor.takeNumber(), (1970...2200).contains(year), cursor.take(0x2d) || cursor.take(0x2f),
            cursor.takeNumber() != nil, cursor.take(0x2d) || cursor.take(0x2f), cursor.takeNumber() != nil,
            cursor.take(0x54) || cursor.take(0x20), takeTime(&cursor)
        else { return nil }
        // The zone.
        if !cursor.take(0x5a), cursor.take(0x2b) || cursor.take(0x2d) {
            _ = cursor.takeNumber()
            if cursor.take(0x3a) { _ = cursor.takeNumber() }
        }
        if isBracketed, !cursor.take(0x5d) { return nil }
        return cursor.index
    }

    /// "04:15:09", with parts of a second.
    private static func takeTime(_ cursor: inout Cursor) -> Bool {
        guard cursor.takeNumber() != nil, cursor.take(0x3a), cursor.takeNumber() != nil, cursor.take(0x3a),
            cursor.takeNumber() != nil
        else { return false }
        if cursor.take(0x2e) || cursor.take(0x2c) { _ = cursor.takeNumber() }
        return true
    }
}
