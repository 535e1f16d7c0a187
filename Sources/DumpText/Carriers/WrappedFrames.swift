/// Frames that a debugger, a mail program or a terminal broke into several lines.
struct WrappedFrames: Carrier {
    let name = "wrapped frames"

    /// No frame has more lines: what follows is not its rest.
    private static let most = 64

    func removed(from lines: [DumpLine]) -> [DumpLine]? {
        var clean: [DumpLine] = []
        clean.reserveCapacity(lines.count)
        var isChanged = false
        var index = 0
        while index < lines.count {
            let line = lines[index]
            index += 1
            guard Self.isFrame(line.bytes) else {
                clean.append(line)
                continue
            }
            var joined: [UInt8]?
            var balance = Self.Balance()
            balance.read(line.bytes)
            let first = index
            while index < lines.count, index - first < Self.most {
                let next = lines[index].bytes.trimmed
                if next.isEmpty || Self.begins(next) { break }
                let isRest =
                    balance.isOpen || next.begins(with: "at ") || next.begins(with: "from ")
                    || Self.endsInside(joined.map { $0[...] } ?? line.bytes)
                guard isRest else { break }
                // A new top-level thing in an open bracket is a bracket that was lost.
                var bytes = joined ?? Array(line.bytes)
                while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
                if let last = bytes.last, last != 0x3d, last != 0x28 { bytes.append(0x20) }
                bytes += next
                balance.read(next)
                joined = bytes
                index += 1
            }
            if let joined {
                isChanged = true
                clean.append(DumpLine(line.number, joined[...]))
            } else {
                clean.append(line)
            }
        }
        return isChanged ? clean : nil
    }

    /// How deep in brackets a text is, strings left out.
    private struct Balance {
        private var depth = 0
        private var isQuoted = false
        var isOpen: Bool { depth > 0 }

        mutating func read(_ bytes: ArraySlice<UInt8>) {
            var last: UInt8 = 0
            for byte in bytes {
                if byte == 0x22, last != 0x5c { isQuoted.toggle() }
                if !isQuoted {
                    if byte == 0x28 || byte == 0x7b { depth += 1 }
                    if byte == 0x29 || byte == 0x7d { depth -= 1 }
                }
                last = last == 0x5c && byte == 0x5c ? 0 : byte
            }
        }
    }

    /// A line that ends in " at" or " from" goes on.
    private static func endsInside(_ bytes: ArraySlice<UInt8>) -> Bool {
        let bytes = bytes.trimmed
        return bytes.ends(with: " at") || bytes.ends(with: " from") || bytes.ends(with: " in")
    }

    private static func isFrame(_ bytes: ArraySlice<UInt8>) -> Bool {
        var cursor = Cursor(bytes.trimmed)
        return cursor.take(0x23) && cursor.takeNumber() != nil
    }

    /// What can be no rest of a frame.
    private static func begins(_ bytes: ArraySlice<UInt8>) -> Bool {
        var cursor = Cursor(bytes)
        if cursor.take(0x23) { return cursor.takeNumber() != nil }
        return ["Thread ", "TID ", "(gdb)", "[Thread", "[Switching", "[New ", "$", "No locals", "No symbol"]
            .contains { bytes.begins(with: $0) }
    }
}
