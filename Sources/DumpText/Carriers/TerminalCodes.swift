/// Colours and cursor movements of a terminal (ECMA-48), and what was typed over with backspaces.
struct TerminalCodes: Carrier {
    let name = "terminal control codes"

    func removed(from lines: [DumpLine]) -> [DumpLine]? {
        var isChanged = false
        let clean = lines.map { line -> DumpLine in
            guard line.bytes.contains(0x1b) || line.bytes.contains(0x08) else { return line }
            isChanged = true
            return DumpLine(line.number, Self.clean(line.bytes)[...])
        }
        return isChanged ? clean : nil
    }

    private static func clean(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var clean: [UInt8] = []
        clean.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            index += 1
            if byte == 0x08 {
                _ = clean.popLast()
            } else if byte != 0x1b {
                clean.append(byte)
            } else if index < bytes.endIndex {
                let kind = bytes[index]
                index += 1
                if kind == 0x5b {
                    // Parameters and intermediates, then one final byte.
                    while index < bytes.endIndex, (0x20...0x3f).contains(bytes[index]) { index += 1 }
                    if index < bytes.endIndex { index += 1 }
                } else if kind == 0x5d {
                    // A command to the terminal, up to BEL or ST: links, titles.
                    while index < bytes.endIndex, bytes[index] != 0x07, bytes[index] != 0x1b { index += 1 }
                    if index < bytes.endIndex, bytes[index] == 0x07 { index += 1 }
                }
            }
        }
        return clean
    }
}
