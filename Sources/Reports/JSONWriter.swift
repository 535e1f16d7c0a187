/// Writes JSON (RFC 8259) in the order in which it is told, as bytes.
///
/// Containers are laid out over lines or on one line, so that a report can be read and compared by lines.
package struct JSONWriter {
    package var output: ByteWriter
    private var levels: [Level] = []
    private var afterKey = false

    private struct Level {
        var isLines: Bool
        var isEmpty = true
        var close: UInt8
    }

    package init(_ output: ByteWriter) { self.output = output }

    package mutating func beginObject(lines: Bool = false) { begin(0x7B, close: 0x7D, lines: lines) }
    package mutating func beginArray(lines: Bool = false) { begin(0x5B, close: 0x5D, lines: lines) }

    package mutating func end() {
        guard let level = levels.popLast() else { return }
        if level.isLines, !level.isEmpty { breakLine() }
        output.append(level.close)
    }

    /// Ends the outermost container with a newline behind it, and hands the bytes on.
    package mutating func finish(into output: inout ByteWriter) {
        end()
        self.output.newline()
        self.output.finish()
        output = self.output
    }

    package mutating func key(_ name: StaticString) {
        separate()
        output.append(0x22)
        output.append(name)
        output.append("\": ")
        afterKey = true
    }

    package mutating func key(_ name: String) {
        separate()
        Self.quote(name, to: &output)
        output.append(": ")
        afterKey = true
    }

    /// A number as its digits.
    package mutating func number(_ digits: String) {
        separate()
        output.append(trusted: digits)
    }

    package mutating func string(_ text: String) {
        separate()
        Self.quote(text, to: &output)
    }

    package mutating func integer(_ value: some BinaryInteger) {
        separate()
        output.decimal(value)
    }

    package mutating func boolean(_ value: Bool) {
        separate()
        if value { output.append("true") } else { output.append("false") }
    }

    package mutating func null() {
        separate()
        output.append("null")
    }

    /// A hex string: JSON's numbers lose digits above 2^53 in many readers.
    package mutating func address(_ value: UInt64) {
        separate()
        output.append(0x22)
        output.hexadecimal(value)
        output.append(0x22)
    }

    /// A value that another writer made.
    package mutating func rendered(_ bytes: [UInt8]) {
        separate()
        output.append(rendered: bytes)
    }

    package mutating func string(_ name: StaticString, _ value: String?) {
        key(name)
        if let value { string(value) } else { null() }
    }

    package mutating func integer(_ name: StaticString, _ value: (some BinaryInteger)?) {
        key(name)
        if let value { integer(value) } else { null() }
    }

    package mutating func boolean(_ name: StaticString, _ value: Bool?) {
        key(name)
        if let value { boolean(value) } else { null() }
    }

    package mutating func address(_ name: StaticString, _ value: UInt64?) {
        key(name)
        if let value { address(value) } else { null() }
    }

    package mutating func strings(_ name: StaticString, _ values: [String]) {
        key(name)
        beginArray()
        for value in values { string(value) }
        end()
    }

    private mutating func begin(_ open: UInt8, close: UInt8, lines: Bool) {
        separate()
        output.append(open)
        levels.append(Level(isLines: lines, close: close))
    }

    private mutating func separate() {
        if afterKey {
            afterKey = false
            return
        }
        guard let level = levels.last else { return }
        if !level.isEmpty { output.append(0x2C) }
        levels[levels.count - 1].isEmpty = false
        if level.isLines { breakLine() } else if !level.isEmpty { output.append(0x20) }
    }

    private mutating func breakLine() {
        output.newline()
        output.spaces(levels.count { $0.isLines } * 2)
    }

    /// A JSON string: quotes, backslashes and control characters escaped, all else as UTF-8.
    static func quote(_ text: String, to output: inout ByteWriter) {
        output.append(0x22)
        var text = text
        text.withUTF8 { buffer in
            if buffer.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C && $0 != 0x7F }) {
                output.append(UnsafeRawBufferPointer(buffer))
                return
            }
            for byte in buffer {
                switch byte {
                case 0x22: output.append("\\\"")
                case 0x5C: output.append("\\\\")
                case 0x0A: output.append("\\n")
                case 0x09: output.append("\\t")
                case ..<0x20, 0x7F:
                    output.append("\\u00")
                    output.append(hexDigits[Int(byte >> 4)])
                    output.append(hexDigits[Int(byte & 15)])
                default: output.append(byte)
                }
            }
        }
        output.append(0x22)
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)
}
