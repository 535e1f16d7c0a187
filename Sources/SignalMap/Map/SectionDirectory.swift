import SignalMapABI

/// Where the sections of a map's bytes lie, checked.
struct SectionDirectory {
    let header: dwm_header
    /// By kind; empty for those that are not there.
    private let places: [UnsafeRawBufferPointer]

    /// Bytes of a record; nil of kinds that this version does not know.
    static func recordSize(_ kind: UInt32) -> Int? {
        switch dwm_section_kind(rawValue: kind) {
        case DWM_STRINGS: 1
        case DWM_FUNCTIONS: MemoryLayout<dwm_function>.size
        case DWM_PARTS: MemoryLayout<dwm_part>.size
        case DWM_BLOCKS: MemoryLayout<dwm_block>.size
        case DWM_SUCCESSORS, DWM_TARGETS, DWM_KEYS, DWM_CLASS_ENTRIES, DWM_VARIANT_BLOCKS: 4
        case DWM_CALLS: MemoryLayout<dwm_call>.size
        case DWM_TARGET_SETS: MemoryLayout<dwm_target_set>.size
        case DWM_TARGET_LISTS: MemoryLayout<dwm_target_list>.size
        case DWM_CELLS: MemoryLayout<dwm_cell>.size
        case DWM_OPERATIONS: MemoryLayout<dwm_operation>.size
        case DWM_IDENTITIES: MemoryLayout<dwm_identity>.size
        case DWM_HOPS: MemoryLayout<dwm_hop>.size
        case DWM_KEY_SETS: MemoryLayout<dwm_key_set>.size
        case DWM_MEMBERS: MemoryLayout<dwm_member>.size
        case DWM_STORES: MemoryLayout<dwm_store>.size
        case DWM_LOOPS: MemoryLayout<dwm_loop>.size
        case DWM_PREDICATES: MemoryLayout<dwm_predicate>.size
        case DWM_SLOTS: MemoryLayout<dwm_slot>.size
        case DWM_SOURCES: MemoryLayout<dwm_source>.size
        case DWM_EXPORTS: MemoryLayout<dwm_export>.size
        case DWM_CALLBACKS: MemoryLayout<dwm_callback>.size
        case DWM_LINES: MemoryLayout<dwm_line>.size
        case DWM_GAPS: MemoryLayout<dwm_gap>.size
        case DWM_CLASS_PLACES: MemoryLayout<dwm_class_place>.size
        case DWM_CLASS_TABLES: MemoryLayout<dwm_class_table>.size
        case DWM_VARIANTS: MemoryLayout<dwm_variant>.size
        case DWM_VARIANT_CALLS, DWM_CONSTANT_CALLS: MemoryLayout<dwm_variant_call>.size
        default: nil
        }
    }

    /// `bytes` aligned to 8. Throws `.notAMap`, `.otherVersion`, `.damaged`.
    init(_ bytes: UnsafeRawBufferPointer, path: String) throws(SignalMapError) {
        guard bytes.count >= DWM_MAGIC.utf8.count, zip(bytes, DWM_MAGIC.utf8).allSatisfy({ $0 == $1 }) else {
            throw .notAMap(path: path)
        }
        guard bytes.count >= MemoryLayout<dwm_header>.size else {
            throw .damaged(path: path, reason: "its header is cut short")
        }
        let header = bytes.loadUnaligned(as: dwm_header.self)
        guard header.version == DWM_VERSION else { throw .otherVersion(path: path, version: header.version) }
        guard header.file_size == UInt64(bytes.count), bytes.count.isMultiple(of: 8) else {
            throw .damaged(path: path, reason: "it holds \(bytes.count) bytes and says \(header.file_size)")
        }
        guard header.checksum == Self.checksum(bytes, header) else {
            throw .damaged(path: path, reason: "its checksum does not match")
        }
        let start = MemoryLayout<dwm_header>.size
        let size = MemoryLayout<dwm_section>.size
        guard header.section_count <= 1024, Int(header.section_count) * size <= bytes.count - start else {
            throw .damaged(path: path, reason: "its list of sections is cut short")
        }
        var places = [UnsafeRawBufferPointer](
            repeating: UnsafeRawBufferPointer(start: nil, count: 0), count: Int(DWM_SECTION_LIMIT.rawValue))
        for index in 0..<Int(header.section_count) {
            let section = bytes.loadUnaligned(fromByteOffset: start + index * size, as: dwm_section.self)
            guard let expected = Self.recordSize(section.kind) else { continue }
            let (length, overflow) = section.count.multipliedReportingOverflow(by: UInt64(expected))
            guard section.record_size == expected, !overflow, section.offset.isMultiple(of: 8),
                section.offset <= bytes.count, length <= UInt64(bytes.count) - section.offset,
                section.count < DWM_NONE, places[Int(section.kind)].baseAddress == nil
            else { throw .damaged(path: path, reason: "its section of kind \(section.kind) is out of bounds") }
            places[Int(section.kind)] = UnsafeRawBufferPointer(
                rebasing: bytes[Int(section.offset)..<Int(section.offset + length)])
        }
        self.header = header
        self.places = places
    }

    /// Of a map's bytes, with what its header has in the checksum's place left out.
    static func checksum(_ bytes: UnsafeRawBufferPointer, _ header: dwm_header) -> UInt64 {
        var header = header
        header.checksum = 0
        let size = MemoryLayout<dwm_header>.size
        let first = withUnsafeBytes(of: &header) { dwm_checksum($0.baseAddress, UInt64(size), 0) }
        return dwm_checksum(bytes.baseAddress.map { $0 + size }, UInt64(bytes.count - size), first)
    }

    func bytes(_ kind: dwm_section_kind) -> UnsafeRawBufferPointer { places[Int(kind.rawValue)] }

    /// A closed section without its closing record.
    func records<Record>(_ kind: dwm_section_kind, isClosed: Bool = false) -> UnsafeBufferPointer<Record> {
        let all = bytes(kind).assumingMemoryBound(to: Record.self)
        return isClosed ? UnsafeBufferPointer(rebasing: all.dropLast()) : all
    }

    /// Holds that the stretches of each section lie one behind the other, within what they are stretches of.
    func checkStretches(path: String) throws(SignalMapError) {
        let columns: [(dwm_section_kind, Int?, dwm_section_kind)] = [
            (DWM_FUNCTIONS, MemoryLayout<dwm_function>.offset(of: \.first_block), DWM_BLOCKS),
            (DWM_FUNCTIONS, MemoryLayout<dwm_function>.offset(of: \.first_call), DWM_CALLS),
            (DWM_FUNCTIONS, MemoryLayout<dwm_function>.offset(of: \.first_operation), DWM_OPERATIONS),
            (DWM_FUNCTIONS, MemoryLayout<dwm_function>.offset(of: \.first_store), DWM_STORES),
            (DWM_BLOCKS, MemoryLayout<dwm_block>.offset(of: \.first_successor), DWM_SUCCESSORS),
            (DWM_TARGET_LISTS, MemoryLayout<dwm_target_list>.offset(of: \.first_target), DWM_TARGETS),
            (DWM_IDENTITIES, MemoryLayout<dwm_identity>.offset(of: \.first_hop), DWM_HOPS),
            (DWM_KEY_SETS, MemoryLayout<dwm_key_set>.offset(of: \.first_key), DWM_KEYS),
            (DWM_LOOPS, MemoryLayout<dwm_loop>.offset(of: \.first_predicate), DWM_PREDICATES),
            (DWM_CLASS_TABLES, MemoryLayout<dwm_class_table>.offset(of: \.first_entry), DWM_CLASS_ENTRIES),
            (DWM_VARIANTS, MemoryLayout<dwm_variant>.offset(of: \.first_block), DWM_VARIANT_BLOCKS),
            (DWM_VARIANTS, MemoryLayout<dwm_variant>.offset(of: \.first_call), DWM_VARIANT_CALLS),
        ]
        for (kind, offset, of) in columns {
            guard let offset, let size = Self.recordSize(kind.rawValue), let part = Self.recordSize(of.rawValue),
                let base = bytes(kind).baseAddress, !bytes(kind).isEmpty
            else { continue }
            // A closed section counts without its closing record, which the last stretch may reach up to.
            let isClosed = of == DWM_BLOCKS || of == DWM_LOOPS
            let limit = max(bytes(of).count / part - (isClosed ? 1 : 0), 0)
            guard
                dwm_rises(base + offset, UInt64(size), UInt64(bytes(kind).count / size), UInt32(clamping: limit)) == 1
            else { throw .damaged(path: path, reason: "stretches of its section \(kind.rawValue) overlap") }
        }
    }
}
