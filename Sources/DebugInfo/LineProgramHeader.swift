/// The header of a line number program (DWARF 5, section 6.2.4): how to run it, and its files.
struct LineProgramHeader {
    let version: UInt16
    let addressSize: UInt8
    let is64: Bool
    let minimumInstructionLength: UInt8
    /// Operations in one VLIW instruction; 1 elsewhere.
    let maximumOperations: UInt8
    let lineBase: Int8
    let lineRange: UInt8
    let opcodeBase: UInt8
    /// Into the section.
    let programStart: Int
    let programEnd: Int
    private let tablesStart: Int
    private let section: UnsafeRawBufferPointer
    private let operandCounts: UnsafeRawBufferPointer

    /// Nil when it is cut short, of an unknown version, or has impossible numbers.
    init?(_ section: UnsafeRawBufferPointer, at offset: UInt64, addressSize: UInt8) {
        guard offset < UInt64(section.count) else { return nil }
        var reader = ByteReader(section, at: Int(offset))
        var length = UInt64(reader.u32())
        is64 = length == 0xffff_ffff
        if is64 { length = reader.u64() }
        guard !reader.failed, length <= UInt64(reader.remaining) else { return nil }
        programEnd = reader.position + Int(length)
        reader = ByteReader(section, at: reader.position, end: programEnd)
        version = reader.u16()
        guard (2...5).contains(version) else { return nil }
        if version >= 5 {
            self.addressSize = reader.u8()
            // segment_selector_size
            _ = reader.u8()
        } else {
            self.addressSize = addressSize
        }
        let headerLength = reader.offset(is64: is64)
        guard !reader.failed, headerLength <= UInt64(reader.remaining) else { return nil }
        programStart = reader.position + Int(headerLength)
        minimumInstructionLength = reader.u8()
        maximumOperations = version >= 4 ? reader.u8() : 1
        // default_is_stmt
        _ = reader.u8()
        lineBase = Int8(bitPattern: reader.u8())
        lineRange = reader.u8()
        opcodeBase = reader.u8()
        guard opcodeBase > 0 else { return nil }
        operandCounts = reader.bytes(UInt64(opcodeBase - 1))
        guard !reader.failed else { return nil }
        tablesStart = reader.position
        self.section = section
    }

    /// LEB128 operands of a standard opcode that this code does not know.
    func operandCount(of opcode: UInt8) -> Int {
        let index = Int(opcode) - 1
        return operandCounts.indices.contains(index) ? Int(operandCounts[index]) : 0
    }

    /// One entry of the file table: a name, and the number of its directory.
    struct File {
        var name: String
        var directory: UInt64
    }

    /// Both tables as they stand: directories, and files by the number that rows use.
    struct Tables {
        var directories: [String] = []
        var files: [File] = []
        /// The number of the first file: 1 before DWARF 5.
        var firstFile: UInt64 = 0
    }

    /// Reads the tables; what is damaged ends them. `string` resolves forms that refer to other sections.
    func tables(_ string: (AttributeValue) -> UnsafeRawBufferPointer?) -> Tables {
        var reader = ByteReader(section, at: tablesStart, end: programStart)
        return version >= 5 ? tables5(&reader, string) : tablesBefore5(&reader)
    }

    private func tablesBefore5(_ reader: inout ByteReader) -> Tables {
        // Directory 0 is the compilation directory, which stands in .debug_info only.
        var tables = Tables(directories: [""], firstFile: 1)
        while true {
            let name = reader.string()
            if reader.failed || name.isEmpty { break }
            tables.directories.append(String(name))
        }
        while true {
            let name = reader.string()
            if reader.failed || name.isEmpty { break }
            let directory = reader.uleb()
            // Time of change and length.
            _ = reader.uleb()
            _ = reader.uleb()
            if reader.failed { break }
            tables.files.append(File(name: String(name), directory: directory))
        }
        return tables
    }

    private func tables5(
        _ reader: inout ByteReader, _ string: (AttributeValue) -> UnsafeRawBufferPointer?
    ) -> Tables {
        var tables = Tables()
        let encoding = Encoding(version: version, addressSize: addressSize, is64: is64)
        for isDirectory in [true, false] {
            var format: [(content: UInt64, form: UInt16)] = []
            for _ in 0..<reader.u8() {
                let content = reader.uleb()
                format.append((content, UInt16(truncatingIfNeeded: min(reader.uleb(), 0xffff))))
            }
            let count = reader.uleb()
            // An entry without a form of any size would cost nothing and could be repeated for ever.
            guard !reader.failed, count <= UInt64(reader.remaining), !format.isEmpty || count == 0 else { break }
            for _ in 0..<count {
                var file = File(name: "", directory: 0)
                for (content, form) in format {
                    let value = AttributeValue.read(form, constant: 0, from: &reader, encoding)
                    // DW_LNCT_path, DW_LNCT_directory_index; MD5, sizes and times are passed over.
                    if content == 1 { file.name = string(value).map { String($0) } ?? "" }
                    if content == 2 { file.directory = value.value }
                }
                if reader.failed { return tables }
                if isDirectory { tables.directories.append(file.name) } else { tables.files.append(file) }
            }
        }
        return tables
    }
}

extension LineProgramHeader.Tables {
    /// The path of a file, absolute where the compilation directory is; nil when there is no such file.
    ///
    /// A directory that is the compilation directory again, as gcc writes it in DWARF 5, is not put in front twice.
    func path(of number: UInt64, compilationDirectory: String?) -> String? {
        guard number >= firstFile, number - firstFile < UInt64(files.count) else { return nil }
        let file = files[Int(number - firstFile)]
        if file.name.isEmpty { return nil }
        if file.name.hasPrefix("/") { return file.name }
        let base = compilationDirectory ?? directories.first ?? ""
        var directory = ""
        if file.directory < UInt64(directories.count) { directory = directories[Int(file.directory)] }
        if file.directory == 0 || directory == base || directory == directories.first { directory = "" }
        if directory.hasPrefix("/") { return directory + "/" + file.name }
        return [base, directory, file.name].filter { !$0.isEmpty }.joined(separator: "/")
    }
}
