import ProcessModel

/// Members that a debugger prints as `name = number`.
enum GDBFields {
    private static let wanted: Set<String> = ["__lock", "__count", "__owner", "__nusers", "__kind", "__cur_writer"]

    /// Names are as libc's headers have them, whatever a formatter stripped of them.
    static func read(_ bytes: ArraySlice<UInt8>) -> [SyncObject.Field] {
        var fields: [SyncObject.Field] = []
        var cursor = Cursor(bytes)
        while let byte = cursor.next {
            guard byte.isWord, !byte.isDigit else {
                cursor.index += 1
                continue
            }
            let start = cursor.index
            while let next = cursor.next, next.isWord { cursor.index += 1 }
            let bare = bytes[start..<cursor.index].drop { $0 == 0x5f }.string
            guard cursor.take(" = "), wanted.contains("__\(bare)") else { continue }
            let isNegative = cursor.take(0x2d)
            guard let value = cursor.takeNumber() else { continue }
            fields.append(SyncObject.Field(name: "__\(bare)", value: isNegative ? "-\(value)" : "\(value)"))
        }
        return fields
    }
}
