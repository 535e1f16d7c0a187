/// Words laid out in lines of a given width.
package enum Paragraph {
    /// Writes `text` with words kept whole where they fit.
    ///
    /// The first line begins at `column` (what stands before it is already written), the others with `indent` spaces.
    /// A word longer than a line is broken: nothing is left out. Ends with a newline.
    package static func write(
        _ text: String, column: Int, indent: Int, width: Int, to output: inout ByteWriter
    ) {
        let indent = min(indent, width / 2)
        var position = column
        var isLineStart = true
        // By bytes: lists of a thousand threads are words, too, and characters are costly.
        for word in text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: true) {
            var word = clean(Substring(word))
            var length = columns(word)
            if !isLineStart {
                if position + 1 + length <= width {
                    output.append(0x20)
                    position += 1
                } else {
                    breakLine(indent, &position, &output)
                }
            }
            while position + length > width, length > width - position {
                let room = max(width - position, 1)
                if room < 8, position > indent {
                    breakLine(indent, &position, &output)
                    continue
                }
                let head = word.unicodeScalars.prefix(room)
                output.append(trusted: String(head))
                word = String(word.unicodeScalars.dropFirst(room))
                length -= room
                breakLine(indent, &position, &output)
            }
            output.append(trusted: word)
            position += length
            isLineStart = false
        }
        output.newline()
    }

    /// As `write`, with the indentation of the first line written, too.
    package static func write(_ text: String, indent: Int, hang: Int = 0, width: Int, to output: inout ByteWriter) {
        output.spaces(indent)
        write(text, column: indent, indent: indent + hang, width: width, to: &output)
    }

    /// How many columns the text takes, one for each Unicode scalar.
    package static func columns(_ text: some StringProtocol) -> Int {
        text.utf8.reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
    }

    /// `text` cut in its middle to at most `limit` columns.
    package static func elided(_ text: String, to limit: Int) -> String {
        let count = columns(text)
        guard count > limit, limit > 3 else { return text }
        let head = (limit - 1) * 2 / 3
        let tail = limit - 1 - head
        let scalars = text.unicodeScalars
        return String(scalars.prefix(head)) + "…" + String(scalars.suffix(tail))
    }

    private static func breakLine(_ indent: Int, _ position: inout Int, _ output: inout ByteWriter) {
        output.newline()
        output.spaces(indent)
        position = indent
    }

    private static func clean(_ word: Substring) -> String {
        if word.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != 0xC2 }) { return String(word) }
        var writer = ByteWriter()
        writer.text(String(word))
        return writer.string
    }
}
