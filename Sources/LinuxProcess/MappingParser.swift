import ProcessModel

/// `/proc/PID/maps`: one mapping a line, in the order of their addresses (proc_pid_maps(5)).
///
///     7f0000000000-7f0000021000 r-xp 00001000 fe:01 1234     /usr/lib/libc.so.6 (deleted)
enum MappingParser {
    /// The mappings of a maps file. Lines that do not have the form are left out and counted.
    static func parse(_ bytes: [UInt8]) -> (mappings: [Mapping], malformedLines: Int) {
        var mappings: [Mapping] = []
        var malformed = 0
        mappings.reserveCapacity(bytes.count / 64)
        // The same path stands in several lines one after the other.
        var lastName: [UInt8] = []
        var lastPath = (path: "", isDeleted: false)
        bytes.withUnsafeBufferPointer { buffer in
            var scanner = ByteScanner(buffer)
            while !scanner.isAtEnd {
                let line = scanner.restOfLine()
                if line.isEmpty { continue }
                guard var mapping = header(line) else {
                    malformed += 1
                    continue
                }
                let name = name(line)
                if !name.isEmpty {
                    if !lastName.elementsEqual(name) {
                        lastName = Array(name)
                        lastPath = path(lastName)
                    }
                    (mapping.path, mapping.isDeleted) = lastPath
                }
                mappings.append(mapping)
            }
        }
        return (mappings, malformed)
    }

    private static func header(_ line: UnsafeBufferPointer<UInt8>) -> Mapping? {
        var scanner = ByteScanner(line)
        guard let start = scanner.hexadecimal(), scanner.skip(UInt8(ascii: "-")), let end = scanner.hexadecimal(),
            start < end, scanner.skip(.space)
        else { return nil }
        var permissions: Mapping.Permissions = []
        if scanner.skip(UInt8(ascii: "r")) { permissions.insert(.read) } else { scanner.advance() }
        if scanner.skip(UInt8(ascii: "w")) { permissions.insert(.write) } else { scanner.advance() }
        if scanner.skip(UInt8(ascii: "x")) { permissions.insert(.execute) } else { scanner.advance() }
        if scanner.skip(UInt8(ascii: "s")) { permissions.insert(.shared) } else { scanner.advance() }
        guard scanner.skip(.space), let offset = scanner.hexadecimal(), scanner.skip(.space) else { return nil }
        scanner.skipField()
        scanner.skipSpaces()
        guard let inode = scanner.decimal() else { return nil }
        return Mapping(
            start: Address(start), end: Address(end), permissions: permissions, fileOffset: offset, inode: inode)
    }

    /// What stands behind the five fields: the name may hold spaces.
    private static func name(_ line: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        var scanner = ByteScanner(line)
        for _ in 0..<5 {
            scanner.skipField()
            scanner.skipSpaces()
        }
        return UnsafeBufferPointer(rebasing: line[scanner.position...])
    }

    /// Undoes the kernel's escape of a newline (\012) and takes off " (deleted)".
    ///
    /// The kernel escapes only the newline, not the backslash (show_map_vma in fs/proc/task_mmu.c), so that a file
    /// whose name holds the four characters \012 cannot be told from one with a newline.
    static func path(_ name: [UInt8]) -> (path: String, isDeleted: Bool) {
        var name = name[...]
        let suffix = Array(" (deleted)".utf8)
        let isDeleted = name.count > suffix.count && name.suffix(suffix.count).elementsEqual(suffix)
        if isDeleted { name = name.dropLast(suffix.count) }
        guard name.contains(UInt8(ascii: "\\")) else { return (String(decoding: name, as: UTF8.self), isDeleted) }
        var plain: [UInt8] = []
        let escape = Array("\\012".utf8)
        var index = name.startIndex
        while index < name.endIndex {
            if name[index...].starts(with: escape) {
                plain.append(.newline)
                index += escape.count
            } else {
                plain.append(name[index])
                index += 1
            }
        }
        return (String(decoding: plain, as: UTF8.self), isDeleted)
    }
}
