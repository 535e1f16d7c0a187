import ProcessModel

/// elfutils' eu-stack, with -m, -s, -i and -v as well.
struct EuStackFormat: DumpFormat {
    let name = "eu-stack"

    func probe(_ lines: [DumpLine]) -> Int {
        lines.reduce(0) {
            $0 + (Self.thread($1.bytes.trimmed) != nil ? 3 : Self.process($1.bytes.trimmed) != nil ? 2 : 0)
        }
    }

    func parse(_ lines: [DumpLine]) -> ParsedText {
        var reader = StackReader(format: name)
        for line in lines {
            let bytes = line.bytes.trimmed
            if line.isBlank {
                reader.note(.blank, line)
            } else if let process = Self.process(bytes) {
                reader.beginDump()
                reader.dump.process = process.id
                reader.dump.isCore = process.isCore
                reader.note(.fact, line)
            } else if let lwp = Self.thread(bytes) {
                reader.begin(ParsedThread(lwp: lwp, line: line.number))
                reader.note(.thread, line)
            } else if let frame = Self.frame(bytes) {
                reader.add(frame, line)
                reader.note(.frame, line)
            } else if bytes.begins(with: "eu-stack: ") || bytes.begins(with: "dwfl_") {
                reader.fail(bytes)
                reader.note(.fact, line)
            } else if line.indent >= 2, reader.isInStack, let place = Self.place(bytes) {
                reader.refine { frame in
                    if frame.file == nil {
                        (frame.file, frame.line, frame.column) = (place.file, place.line, place.column)
                    }
                }
                reader.note(.continued, line)
            } else {
                reader.note(.ignored, line)
            }
        }
        return reader.finish()
    }

    private static func process(_ bytes: ArraySlice<UInt8>) -> (id: Int32, isCore: Bool)? {
        var cursor = Cursor(bytes)
        guard cursor.take("PID "), let id = cursor.takeNumber().flatMap({ Int32(exactly: $0) }), cursor.take(" - ")
        else { return nil }
        return (id, cursor.rest.begins(with: "core"))
    }

    private static func thread(_ bytes: ArraySlice<UInt8>) -> Int32? {
        var cursor = Cursor(bytes)
        guard cursor.take("TID "), let id = cursor.takeNumber(), cursor.take(0x3a) else { return nil }
        return Int32(exactly: id)
    }

    /// `#1  0x000000000041b9e8 - 1 ring_lock - /opt/quill   src/ring.c:130:14`.
    private static func frame(_ bytes: ArraySlice<UInt8>) -> ParsedFrame? {
        var cursor = Cursor(bytes)
        guard cursor.take(0x23), let number = cursor.takeNumber() else { return nil }
        cursor.skipBlanks()
        var frame = ParsedFrame(number: number)
        frame.address = cursor.takeAddress()
        cursor.skipBlanks()
        // -v: the instruction lies before the return address.
        if cursor.take("- 1"), cursor.next == 0x20 || cursor.isAtEnd { cursor.skipBlanks() }
        var rest = cursor.rest.trimmed
        if rest.ends(with: "(inlined)") || rest.ends(with: "[inlined]") {
            frame.isInlined = true
            rest = rest.dropLast(9).trimmed
        }
        if let dash = rest.firstIndex(of: " - ") {
            let tail = rest[(dash + 3)...].trimmed
            let module = tail.firstIndex(of: "   ") ?? tail.endIndex
            frame.module = tail[..<module].string
            if module < tail.endIndex, let place = place(tail[module...].trimmed) {
                (frame.file, frame.line, frame.column) = (place.file, place.line, place.column)
            }
            rest = rest[..<dash].trimmed
        }
        if rest.begins(with: "??") { rest = rest.dropFirst(rest.count) }
        let name = rest.string
        if !name.isEmpty { frame.function = name }
        return frame
    }

    static func place(_ bytes: ArraySlice<UInt8>) -> (file: String, line: Int?, column: Int?)? {
        var frame = ParsedFrame()
        GDBFrame.place(bytes, &frame)
        guard let file = frame.file, frame.line != nil else { return nil }
        return (file, frame.line, frame.column)
    }
}
