import ProcessModel

/// lldb's `bt all` and `thread backtrace all`.
struct LLDBFormat: DumpFormat {
    let name = "lldb"

    func probe(_ lines: [DumpLine]) -> Int {
        lines.reduce(0) { sum, line in
            let bytes = Self.unstarred(line.bytes)
            return sum + (bytes.begins(with: "thread #") ? 3 : bytes.begins(with: "frame #") ? 1 : 0)
        }
    }

    func parse(_ lines: [DumpLine]) -> ParsedText {
        var reader = StackReader(format: name)
        var numbers: Set<Int> = []
        for line in lines {
            let bytes = Self.unstarred(line.bytes)
            if line.isBlank {
                reader.note(.blank, line)
            } else if let thread = Self.thread(bytes, line.number) {
                if let number = thread.number, !numbers.insert(number).inserted {
                    reader.beginDump()
                    numbers = [number]
                }
                reader.begin(thread)
                reader.note(.thread, line)
            } else if let frame = Self.frame(bytes) {
                reader.add(frame, line)
                reader.note(.frame, line)
            } else if bytes.begins(with: "(lldb)") || bytes.begins(with: "Process ")
                || bytes.begins(with: "Executable ")
                || bytes.begins(with: "Architecture ") || bytes.begins(with: "warning: ")
            {
                var cursor = Cursor(bytes)
                if cursor.take("Process "), let id = cursor.takeNumber() { reader.dump.process = Int32(exactly: id) }
                reader.note(.noise, line)
            } else if reader.isInStack, bytes.first == 0x28 || bytes.last == 0x2c || bytes.contains(") at ") {
                // Arguments of a C++ function on lines of their own.
                reader.refine { frame in
                    frame.arguments += GDBFrame.arguments(bytes.drop { $0 == 0x28 }.prefix { $0 != 0x29 })
                    if let at = bytes.firstIndex(of: ") at ") { GDBFrame.place(bytes[(at + 5)...], &frame) }
                }
                reader.note(.continued, line)
            } else {
                reader.note(.ignored, line)
            }
        }
        return reader.finish()
    }

    private static func unstarred(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let bytes = bytes.trimmed
        return bytes.first == 0x2a ? bytes.dropFirst().trimmed : bytes
    }

    /// `thread #1, name = 'quill', stop reason = signal SIGINT`, `thread #2: tid = 50116, 0x... `.
    private static func thread(_ bytes: ArraySlice<UInt8>, _ line: Int) -> ParsedThread? {
        var cursor = Cursor(bytes)
        guard cursor.take("thread #"), let number = cursor.takeNumber() else { return nil }
        var thread = ParsedThread(number: number, line: line)
        if let place = cursor.rest.firstIndex(of: "tid = ") {
            var id = Cursor(cursor.bytes[(place + 6)...])
            if let address = id.takeAddress() {
                thread.lwp = Int32(exactly: address)
            } else {
                thread.lwp = id.takeNumber().flatMap { Int32(exactly: $0) }
            }
        }
        if let place = cursor.rest.firstIndex(of: "name = '") {
            var name = Cursor(cursor.bytes[(place + 8)...])
            thread.name = name.take(until: 0x27)?.string
        }
        return thread
    }

    /// `frame #1: 0x100c2e118 quill`ring_push [inlined] ring_lock(m=0x60) at ring.c:130:14 [opt]`.
    private static func frame(_ bytes: ArraySlice<UInt8>) -> ParsedFrame? {
        var cursor = Cursor(bytes)
        guard cursor.take("frame #"), let number = cursor.takeNumber() else { return nil }
        var frame = ParsedFrame(number: number)
        _ = cursor.take(0x3a)
        cursor.skipBlanks()
        frame.address = cursor.takeAddress()
        cursor.skipBlanks()
        if let module = cursor.take(until: 0x60) { frame.module = module.string }
        var rest = cursor.rest.trimmed
        if rest.ends(with: "[opt]") { rest = rest.dropLast(5).trimmed }
        if let inlined = rest.firstIndex(of: " [inlined] ") {
            frame.isInlined = true
            rest = rest[(inlined + 11)...]
        }
        if let plus = rest.firstIndex(of: " + "), !rest[..<plus].contains(0x28) {
            var offset = Cursor(rest[(plus + 3)...])
            frame.offset = offset.takeNumber().flatMap { UInt64(exactly: $0) }
            if let at = rest.firstIndex(of: " at ") { GDBFrame.place(rest[(at + 4)...], &frame) }
            rest = rest[..<plus]
        }
        GDBFrame.read(rest, into: &frame)
        if frame.function?.hasPrefix("___lldb_unnamed_symbol") == true { frame.function = nil }
        return frame
    }
}
