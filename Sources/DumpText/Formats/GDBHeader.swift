/// A line of gdb or pstack that names a thread.
enum GDBHeader {
    /// `Thread 7 (Thread 0x7a10c44006c0 (LWP 50117) "name"):` in all its forms; nil for other lines.
    static func parse(_ bytes: ArraySlice<UInt8>) -> ParsedThread? {
        var cursor = Cursor(bytes.trimmed)
        guard cursor.take("Thread ") || cursor.take("thread "), let number = cursor.takeNumber() else { return nil }
        var thread = ParsedThread(number: number)
        cursor.skipBlanks()
        if cursor.take(0x28) {
            readIdentity(&cursor, &thread)
            return thread
        }
        return cursor.take(0x3a) && cursor.rest.trimmed.isEmpty ? thread : nil
    }

    /// `Thread 0x7a10c44006c0 (LWP 50117) "name"`, `LWP 50114`, `Thread 31077`, `process 612`.
    static func readIdentity(_ cursor: inout Cursor, _ thread: inout ParsedThread) {
        if cursor.take("Thread ") {
            if let handle = cursor.takeAddress() {
                thread.handle = handle
            } else {
                let isNegative = cursor.take(0x2d)
                if let number = cursor.takeNumber() {
                    // Old Linux threads: the handle as a signed number. A bare one is the kernel's id.
                    if isNegative {
                        thread.handle = UInt64(bitPattern: -Int64(number)) & 0xffff_ffff
                    } else {
                        thread.lwp = Int32(exactly: number)
                    }
                }
            }
            cursor.skipBlanks()
        }
        _ = cursor.take(0x28)
        if cursor.take("LWP ") || cursor.take("process "), let id = cursor.takeNumber() {
            thread.lwp = Int32(exactly: id)
        }
        // A name may hold brackets and colons.
        if let open = cursor.rest.firstIndex(of: 0x22), let close = cursor.rest.lastIndex(of: 0x22), close > open,
            close - open < 80
        {
            thread.name = cursor.bytes[(open + 1)..<close].string
        }
    }
}
