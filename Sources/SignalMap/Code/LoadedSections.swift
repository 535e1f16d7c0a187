import DebugInfo
import ProcessModel

/// The sections and segments of a file that maps are made from: no more than any linker writes, and of those that are
/// loaded none that shares bytes with another one.
///
/// A hostile file may name the same bytes a thousand times at different addresses, and each time they would be decoded
/// and kept. Without section headers (sstrip(1), packers) the segments and the dynamic section tell the same in coarse.
struct LoadedSections {
    /// Linked programs have some forty; each is looked through for every address that code holds.
    static let mostSections = 1024
    static let mostSegments = 128

    private(set) var sections: [ObjectFile.Section] = []
    private(set) var segments: [ObjectFile.Segment] = []
    /// The section headers are missing.
    private(set) var isByHeaders = true
    /// What was left out, as an operation and a reason.
    private(set) var problems: [(operation: String, reason: String)] = []

    init(_ file: ObjectFile) {
        segments = Array(file.segments.prefix(Self.mostSegments))
        if segments.count < file.segments.count {
            problems.append(("read program headers", "there are \(file.segments.count), more than any linker writes"))
        }
        guard !file.sections.isEmpty else {
            isByHeaders = false
            // e_shoff
            var header = ByteReader(file.bytes, at: 40)
            problems.append(
                (
                    "read section headers",
                    header.u64() == 0
                        ? "there are none: code and tables are taken from the program headers"
                        : "they lie beyond the end: the file is cut short, or its header is damaged"
                ))
            sections = Self.sections(of: segments, file)
            return
        }
        sections = Array(file.sections.prefix(Self.mostSections))
        if sections.count < file.sections.count {
            problems.append(("read section headers", "there are \(file.sections.count), more than any linker writes"))
        }
        removeShared(file)
    }

    private mutating func removeShared(_ file: ObjectFile) {
        var end: UInt64 = 0
        var shared: Set<Int> = []
        // SHF_ALLOC
        let loaded = sections.indices.filter {
            sections[$0].flags & 2 != 0 && !sections[$0].hasNoBytes && sections[$0].size > 0
        }
        for index in loaded.sorted(by: { (sections[$0].offset, $0) < (sections[$1].offset, $1) }) {
            guard sections[index].offset >= end else {
                shared.insert(index)
                continue
            }
            guard file.rawBytes(of: sections[index]) != nil else { continue }
            end = sections[index].offset &+ sections[index].size
        }
        for index in shared.sorted().prefix(8) {
            problems.append(("read section \(sections[index].name)", "it shares bytes with another section"))
        }
        if shared.count > 8 {
            problems.append(("read \(shared.count - 8) more sections", "they share bytes with others"))
        }
        sections = sections.indices.filter { !shared.contains($0) }.map { sections[$0] }
    }

    // MARK: Without section headers

    /// A section for each segment that is loaded, and for the tables that the dynamic section names (gABI, "Dynamic
    /// Section").
    private static func sections(of segments: [ObjectFile.Segment], _ file: ObjectFile) -> [ObjectFile.Section] {
        var sections: [ObjectFile.Section] = []
        var end: UInt64 = 0
        for segment in segments.filter({ $0.type == ObjectFile.Segment.load && $0.fileSize > 0 }).sorted(by: {
            $0.offset < $1.offset
        }) where segment.offset >= end {
            guard file.bytes.part(at: segment.offset, count: segment.fileSize) != nil else { continue }
            end = segment.offset &+ segment.fileSize
            // SHF_ALLOC, and SHF_WRITE and SHF_EXECINSTR for PF_W and PF_X.
            let flags: UInt64 =
                2 | (segment.flags & 2 != 0 ? 1 : 0) | (segment.flags & 1 != 0 ? 4 : 0)
            sections.append(section(type: 1, flags: flags, segment.address, segment.offset, segment.fileSize))
        }
        let values = dynamicValues(segments, file)
        func add(_ type: UInt32, _ address: UInt64, _ size: UInt64) {
            guard let place = values[address], let offset = file.fileOffset(of: place), let size = values[size] else {
                return
            }
            sections.append(section(type: type, flags: 2, place, offset, size))
        }
        // SHT_RELA: DT_RELA and DT_RELASZ, DT_JMPREL and DT_PLTRELSZ. SHT_RELR: DT_RELR and DT_RELRSZ.
        add(4, 7, 8)
        add(4, 23, 2)
        add(19, 36, 35)
        // SHT_INIT_ARRAY, SHT_FINI_ARRAY, SHT_PREINIT_ARRAY
        add(14, 25, 27)
        add(15, 26, 28)
        add(16, 32, 33)
        return sections
    }

    private static func section(
        type: UInt32, flags: UInt64, _ address: UInt64, _ offset: UInt64, _ size: UInt64
    ) -> ObjectFile.Section {
        ObjectFile.Section(
            name: "", type: type, flags: flags, address: address, offset: offset, size: size, link: 0, entrySize: 0)
    }

    private static func dynamicValues(
        _ segments: [ObjectFile.Segment], _ file: ObjectFile
    ) -> [UInt64: UInt64] {
        guard let dynamic = segments.first(where: { $0.type == ObjectFile.Segment.dynamic }),
            let bytes = file.bytes.part(at: dynamic.offset, count: dynamic.fileSize)
        else { return [:] }
        var values: [UInt64: UInt64] = [:]
        var reader = ByteReader(bytes)
        while reader.remaining >= 16 {
            let tag = reader.u64()
            let value = reader.u64()
            if tag == 0 { break }
            if values[tag] == nil { values[tag] = value }
        }
        return values
    }

    /// .eh_frame by the header that the program headers name (Linux Standard Base 5, Core, section 10.6.2): its bytes
    /// from there to the end of their segment.
    static func unwindTable(_ segments: [ObjectFile.Segment], _ file: ObjectFile) -> ObjectFile.Section? {
        // PT_GNU_EH_FRAME
        guard let header = segments.first(where: { $0.type == 0x6474_e550 }),
            let bytes = file.bytes.part(at: header.offset, count: header.fileSize), bytes.count >= 8, bytes[0] == 1
        else { return nil }
        var reader = ByteReader(bytes, at: 4)
        guard let address = UnwindRanges.pointer(bytes[1], &reader, base: header.address),
            let segment = segments.first(where: {
                $0.type == ObjectFile.Segment.load && address >= $0.address && address - $0.address < $0.fileSize
            })
        else { return nil }
        let distance = address - segment.address
        return section(
            type: 1, flags: 2, address, segment.offset &+ distance, segment.fileSize - distance)
    }
}
