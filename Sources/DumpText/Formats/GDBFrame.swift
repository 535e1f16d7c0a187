import ProcessModel

/// A frame line of gdb and pstack: `#1  0x41b9e8 in f (a=1, b=0x0) at f.c:12`.
enum GDBFrame {
    /// Nil where the line does not begin as a frame does.
    static func parse(_ bytes: ArraySlice<UInt8>, needsMark: Bool = true) -> ParsedFrame? {
        var cursor = Cursor(bytes.trimmed)
        let hasMark = cursor.take(0x23)
        guard hasMark || !needsMark, let number = cursor.takeNumber(), number < 1_000_000,
            cursor.isAtEnd || cursor.next == 0x20 || cursor.next == 0x09
        else { return nil }
        cursor.skipBlanks()
        var frame = ParsedFrame(number: number)
        if cursor.rest.begins(with: "<signal handler called>") || cursor.rest.begins(with: "<signal") {
            frame.isSignalFrame = true
            return frame
        }
        if let address = cursor.takeAddress() {
            frame.address = address
            cursor.skipBlanks()
            _ = cursor.take("in ")
            cursor.skipBlanks()
        } else if !hasMark {
            return nil
        }
        read(cursor.rest, into: &frame)
        return frame
    }

    /// `f (a=1) at f.c:12` or `f () from /lib/x.so`.
    static func read(_ bytes: ArraySlice<UInt8>, into frame: inout ParsedFrame) {
        let group = lastGroup(bytes)
        var name = bytes
        var rest = bytes[bytes.endIndex...]
        if let group {
            name = bytes[..<group.lowerBound].trimmed
            let end = Swift.min(group.upperBound, bytes.endIndex)
            let isClosed = group.upperBound <= bytes.endIndex
            let inner = bytes[(group.lowerBound + 1)..<Swift.max(group.lowerBound + 1, isClosed ? end - 1 : end)]
            frame.arguments = arguments(inner)
            rest = bytes[end...].trimmed
        } else if let tail = bytes.firstIndex(of: " at ") ?? bytes.firstIndex(of: " from ") {
            name = bytes[..<tail].trimmed
            rest = bytes[tail...].trimmed
        }
        if let module = rest.firstIndex(of: "from "), module == rest.startIndex || rest[module - 1] == 0x20 {
            frame.module = withoutTarget(rest[(module + 5)...].trimmed)
            rest = rest[..<module].trimmed
        }
        if rest.begins(with: "at ") { place(rest.dropFirst(3).trimmed, &frame) }
        let function = name.string
        if !function.isEmpty, !function.hasPrefix("??"), function != "n/a" { frame.function = function }
    }

    /// The last pair of round brackets that is in no other: the arguments. Of one that is never closed the end lies behind
    /// the line's.
    private static func lastGroup(_ bytes: ArraySlice<UInt8>) -> Range<Int>? {
        var (depth, braces) = (0, 0)
        var quote: UInt8?
        var start: Int?
        var last: Range<Int>?
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            if let open = quote {
                if byte == 0x5c { index += 1 } else if byte == open { quote = nil }
            } else if depth > 0, byte == 0x22 || byte == 0x27 && isQuote(bytes, index) {
                quote = byte
            } else if byte == 0x28 {
                if depth == 0, braces == 0 {
                    // Behind the arguments only a file's name can follow.
                    if let last, bytes[last.upperBound...].trimmed.begins(with: "at ") { return last }
                    start = index
                }
                depth += 1
            } else if byte == 0x29, depth > 0 {
                depth -= 1
                if depth == 0, let begun = start {
                    last = begun..<index + 1
                    start = nil
                }
            } else if byte == 0x7b {
                braces += 1
            } else if byte == 0x7d, braces > 0 {
                braces -= 1
            }
            index += 1
        }
        // Cut in the midst of the arguments.
        if let start, last == nil || quote != nil || depth > 0 { return start..<bytes.endIndex + 1 }
        return last
    }

    /// A character such as '\000', not the apostrophe of a word.
    private static func isQuote(_ bytes: ArraySlice<UInt8>, _ index: Int) -> Bool {
        index == bytes.startIndex || !bytes[index - 1].isWord
    }

    private static func withoutTarget(_ bytes: ArraySlice<UInt8>) -> String {
        (bytes.begins(with: "target:") ? bytes.dropFirst(7) : bytes).string
    }

    /// `../src/f.c:12` or `f.c:12:7`.
    static func place(_ bytes: ArraySlice<UInt8>, _ frame: inout ParsedFrame) {
        var path = bytes
        var numbers: [Int] = []
        while numbers.count < 2, let colon = path.lastIndex(of: 0x3a) {
            var cursor = Cursor(path[(colon + 1)...])
            guard let number = cursor.takeNumber(), cursor.isAtEnd else { break }
            numbers.insert(number, at: 0)
            path = path[..<colon]
        }
        if numbers.isEmpty, let end = endOfPlace(path) {
            // Something else follows in the same line: prose behind a dump that lost its line breaks.
            place(path[..<end], &frame)
            return
        }
        guard !path.isEmpty else { return }
        // A mail program's wrap puts a blank into a path.
        frame.file = path.string
        if let line = numbers.first, line > 0 { frame.line = line }
        if numbers.count > 1 { frame.column = numbers[1] }
    }

    /// Behind a colon and a number that a blank ends.
    private static func endOfPlace(_ bytes: ArraySlice<UInt8>) -> Int? {
        var start = bytes.startIndex
        while let colon = bytes[start...].firstIndex(of: 0x3a) {
            var cursor = Cursor(bytes[(colon + 1)...])
            if cursor.takeNumber() != nil, cursor.next == 0x20 { return cursor.index }
            start = colon + 1
        }
        return nil
    }

    /// `a=1, b=b@entry=0x0, c=..., c@entry=5`.
    static func arguments(_ bytes: ArraySlice<UInt8>) -> [Parameter] {
        var found: [Parameter] = []
        for part in parts(bytes) where found.count < 64 {
            guard let equal = part.firstIndex(of: 0x3d) else { continue }
            var name = part[..<equal].trimmed
            var value = part[(equal + 1)...].trimmed
            guard !name.isEmpty, name.count < 128 else { continue }
            if let entry = value.prefix(160).firstIndex(of: "@entry=") { value = value[(entry + 7)...] }
            if name.ends(with: "@entry") {
                name = name.dropLast(6)
                // The value now stands before it; what it was at the entry says what the caller passed.
                if let last = found.indices.last, found[last].name == name.string {
                    if found[last].value == "..." { found[last].value = value.string }
                    continue
                }
            }
            found.append(Parameter(name: name.string, value: value.string))
        }
        return found
    }

    /// Cut at commas that lie in no bracket and no string.
    private static func parts(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var parts: [ArraySlice<UInt8>] = []
        var depth = 0
        var isQuoted = false
        var start = bytes.startIndex
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte == 0x5c {
                index += 1
            } else if byte == 0x22 {
                isQuoted.toggle()
            } else if !isQuoted {
                switch byte {
                case 0x28, 0x7b, 0x5b: depth += 1
                case 0x29, 0x7d, 0x5d: depth -= 1
                // What looks like the next argument begins it, although gdb writes "'\000' <repeats 3 times>, ..."
                case 0x2c where depth <= 0:
                    parts.append(bytes[start..<Swift.min(index, bytes.endIndex)].trimmed)
                    start = index + 1
                default: break
                }
            }
            index += 1
        }
        if start < bytes.endIndex { parts.append(bytes[start...].trimmed) }
        return parts
    }
}
