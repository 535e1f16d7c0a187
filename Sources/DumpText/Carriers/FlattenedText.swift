/// A dump that lost its line breaks: frames are parted by their numbers, threads by their headers.
struct FlattenedText: Carrier {
    let name = "lost line breaks"

    /// So many frames on one line are no accident.
    private static let fewest = 3

    func removed(from lines: [DumpLine]) -> [DumpLine]? {
        var clean: [DumpLine] = []
        var isChanged = false
        for line in lines {
            let cuts = Self.cuts(line.bytes)
            guard cuts.frames >= Self.fewest || cuts.frames == 2 && cuts.places.first == line.bytes.startIndex else {
                clean.append(line)
                continue
            }
            isChanged = true
            var start = line.bytes.startIndex
            for cut in cuts.places + [line.bytes.endIndex] where cut > start {
                clean.append(DumpLine(line.number, line.bytes[start..<cut].trimmed))
                start = cut
            }
        }
        return isChanged ? clean : nil
    }

    /// Where frames and threads begin: a number that follows the one before, or that begins a stack.
    private static func cuts(_ bytes: ArraySlice<UInt8>) -> (places: [Int], frames: Int) {
        var places: [Int] = []
        var (frames, next) = (0, 0)
        var isQuoted = false
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            let isAtWord = index == bytes.startIndex || bytes[index - 1] == 0x20 || bytes[index - 1] == 0x09
            if byte == 0x22, index == bytes.startIndex || bytes[index - 1] != 0x5c { isQuoted.toggle() }
            if isAtWord, byte == 0x23 {
                var cursor = Cursor(bytes[(index + 1)...])
                if let number = cursor.takeNumber(), cursor.next == 0x20,
                    number == next || number == 0 || number > next && number < next + 4 && !isQuoted
                {
                    places.append(index)
                    frames += 1
                    next = number + 1
                    isQuoted = false
                    index = cursor.index
                    continue
                }
            } else if isAtWord, byte == 0x54, isHeader(bytes[index...]) {
                places.append(index)
                next = 0
                isQuoted = false
            }
            index += 1
        }
        return (places, frames)
    }

    /// "Thread 3 (Thread 0x7f62df85a700 (LWP 4986)):", "TID 50116:".
    private static func isHeader(_ bytes: ArraySlice<UInt8>) -> Bool {
        var cursor = Cursor(bytes)
        if cursor.take("Thread ") {
            return cursor.takeNumber() != nil && (cursor.take(" (Thread ") || cursor.take(" (LWP "))
        }
        return cursor.take("TID ") && cursor.takeNumber() != nil && cursor.take(0x3a)
    }
}
