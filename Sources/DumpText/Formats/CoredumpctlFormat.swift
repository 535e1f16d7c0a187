import ProcessModel

/// systemd's `coredumpctl info`, and what systemd-coredump writes to the journal.
struct CoredumpctlFormat: DumpFormat {
    let name = "coredumpctl"

    func probe(_ lines: [DumpLine]) -> Int {
        lines.reduce(0) { $0 + (Self.thread($1.bytes.trimmed) == nil ? 0 : 4) }
    }

    func parse(_ lines: [DumpLine]) -> ParsedText {
        var reader = StackReader(format: name)
        reader.dump.isCore = true
        for line in lines {
            let bytes = line.bytes.trimmed
            if line.isBlank {
                reader.note(.blank, line)
            } else if let lwp = Self.thread(bytes) {
                reader.begin(ParsedThread(lwp: lwp, line: line.number))
                reader.dump.isCore = true
                reader.note(.thread, line)
            } else if let frame = Self.frame(bytes) {
                reader.add(frame, line)
                reader.note(.frame, line)
            } else if Self.takeFact(bytes, &reader.dump) {
                reader.note(.fact, line)
            } else {
                reader.note(.ignored, line)
            }
        }
        return reader.finish()
    }

    private static func thread(_ bytes: ArraySlice<UInt8>) -> Int32? {
        guard let start = bytes.firstIndex(of: "Stack trace of thread ") else { return nil }
        var cursor = Cursor(bytes[(start + 22)...])
        guard let id = cursor.takeNumber() else { return nil }
        return Int32(exactly: id)
    }

    /// `#3  0x00007a10c5d0b1c0 n/a (libqxcore.so.4 + 0x1234)`.
    private static func frame(_ bytes: ArraySlice<UInt8>) -> ParsedFrame? {
        var cursor = Cursor(bytes)
        guard cursor.take(0x23), let number = cursor.takeNumber() else { return nil }
        cursor.skipBlanks()
        var frame = ParsedFrame(number: number)
        frame.address = cursor.takeAddress()
        cursor.skipBlanks()
        var rest = cursor.rest.trimmed
        if rest.last == 0x29, let open = rest.lastIndex(of: 0x28) {
            let inner = rest[(open + 1)..<(rest.endIndex - 1)]
            frame.module = inner.prefix { $0 != 0x20 }.string
            rest = rest[..<open].trimmed
        }
        let name = rest.string
        if name == "__restore_rt" { frame.isSignalFrame = true }
        if !name.isEmpty, name != "n/a" { frame.function = name }
        return frame
    }

    /// `PID: 50110 (quill)`, `Signal: 6 (ABRT)`, `Executable: /opt/quill/bin/quill`.
    private static func takeFact(_ bytes: ArraySlice<UInt8>, _ dump: inout ParsedDump) -> Bool {
        var cursor = Cursor(bytes)
        if cursor.take("PID: ") {
            dump.process = cursor.takeNumber().flatMap { Int32(exactly: $0) }
        } else if cursor.take("Signal: ") {
            dump.signal = cursor.rest.string
        } else if cursor.take("Executable: ") {
            dump.executable = cursor.rest.string
        } else {
            return [
                "Message: ", "UID: ", "GID: ", "Timestamp: ", "Command Line: ", "Control Group: ", "Unit: ", "Slice: ",
                "Boot ID: ", "Machine ID: ", "Hostname: ", "Storage: ", "Size on Disk: ", "Module ", "Found module ",
                "ELF object binary architecture", "Owner UID: ", "Session: ", "Package: ", "build-id: ",
            ]
            .contains { bytes.begins(with: $0) }
        }
        return true
    }
}
