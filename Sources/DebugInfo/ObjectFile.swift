import Glibc
import ProcessModel

/// An ELF file by sections, read by our own bounds-checked code (System V ABI, chapter 4; ELF-64 object file format).
///
/// The file is mapped, never read whole; a compressed section is inflated when it is first asked for, and only it.
/// Owns the mapping: section bytes are borrowed and live as long as this object. Not thread-safe.
package final class ObjectFile {
    package struct Section {
        package var name: String
        package var type: UInt32
        package var flags: UInt64
        package var address: UInt64
        package var offset: UInt64
        package var size: UInt64
        package var link: Int
        package var entrySize: UInt64

        package init(
            name: String, type: UInt32, flags: UInt64, address: UInt64, offset: UInt64, size: UInt64, link: Int,
            entrySize: UInt64
        ) {
            self.name = name
            self.type = type
            self.flags = flags
            self.address = address
            self.offset = offset
            self.size = size
            self.link = link
            self.entrySize = entrySize
        }

        /// SHT_NOBITS: the file holds none of its bytes, as in the headers that a separate debug file keeps.
        package var hasNoBytes: Bool { type == 8 }
        package var isExecutable: Bool { flags & 4 != 0 }
        /// SHF_COMPRESSED
        var isCompressed: Bool { flags & 0x800 != 0 }
    }

    package struct Segment {
        package var type: UInt32
        package var flags: UInt32
        package var offset: UInt64
        package var address: UInt64
        package var fileSize: UInt64
        package var memorySize: UInt64

        package static let load: UInt32 = 1
        package static let dynamic: UInt32 = 2
        static let note: UInt32 = 4
    }

    /// Where it was opened, for messages and for paths that are relative to it.
    package let path: String
    package let bytes: UnsafeRawBufferPointer
    package private(set) var sections: [Section] = []
    package private(set) var segments: [Segment] = []
    private let owner: Owner
    private var sectionIndex: [String: Int] = [:]
    private var inflated: [Int: InflatedBytes?] = [:]
    /// Sections that could not be inflated, by name with the reason.
    package private(set) var unreadableSections: [(name: String, reason: String)] = []
    /// Size and time of last change of the file, to tell whether a cached answer is still its own; zeros for an image.
    let fileSize: UInt64
    let modificationNanoseconds: Int64

    private enum Owner {
        case mapping(UnsafeMutableRawPointer, Int)
        case buffer(UnsafeMutableRawBufferPointer)
    }

    /// Maps a file. Throws `.file` when it cannot be opened or mapped, `.malformed` when it is not ELF,
    /// `.notOurArchitecture` when it is ELF for another machine.
    package convenience init(path: String) throws(DebugInfoError) {
        // O_NONBLOCK: a FIFO in the place of a debug file must not block us.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .file(operation: "open", path: path, errno: errno) }
        defer { close(descriptor) }
        try self.init(descriptor: descriptor, path: path)
    }

    /// Maps an open file, which stays open and the caller's.
    init(descriptor: Int32, path: String) throws(DebugInfoError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .file(operation: "stat", path: path, errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else {
            throw .malformed(subject: path, reason: "it is not a regular file with contents")
        }
        let count = Int(status.st_size)
        guard let mapping = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), mapping != MAP_FAILED else {
            throw .file(operation: "map", path: path, errno: errno)
        }
        self.path = path
        owner = .mapping(mapping, count)
        bytes = UnsafeRawBufferPointer(start: mapping, count: count)
        fileSize = UInt64(count)
        modificationNanoseconds = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
        try parse()
    }

    /// Reads an image; takes ownership of `buffer` and frees it, also when it throws.
    package init(buffer: UnsafeMutableRawBufferPointer, name: String) throws(DebugInfoError) {
        path = name
        owner = .buffer(buffer)
        bytes = UnsafeRawBufferPointer(buffer)
        fileSize = 0
        modificationNanoseconds = 0
        try parse()
    }

    deinit {
        switch owner {
        case .mapping(let start, let count): munmap(start, count)
        case .buffer(let buffer): buffer.deallocate()
        }
    }

    /// The file at its path is another one by now, or was written to. False for an image.
    package var hasChanged: Bool {
        guard case .mapping = owner else { return false }
        var status = stat()
        guard stat(path, &status) == 0 else { return true }
        return UInt64(status.st_size) != fileSize
            || Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec) != modificationNanoseconds
    }

    // MARK: Headers

    private func parse() throws(DebugInfoError) {
        var reader = ByteReader(bytes)
        guard reader.u32() == 0x464c_457f else { throw .malformed(subject: path, reason: "it is not an ELF file") }
        let elfClass = reader.u8()
        let order = reader.u8()
        reader.seek(to: 18)
        let machine = reader.u16()
        guard elfClass == 2, order == 1, machine == 62 else { throw .notOurArchitecture(path: path) }
        reader.seek(to: 32)
        let segmentsOffset = reader.u64()
        let sectionsOffset = reader.u64()
        reader.seek(to: 54)
        let segmentSize = UInt64(reader.u16())
        var segmentCount = UInt64(reader.u16())
        let sectionSize = UInt64(reader.u16())
        var sectionCount = UInt64(reader.u16())
        var nameIndex = Int(reader.u16())
        guard !reader.failed else { throw .malformed(subject: path, reason: "its ELF header is cut short") }
        if sectionsOffset != 0, sectionSize == 64, let first = header(at: sectionsOffset) {
            // Numbers that do not fit in 16 bits stand in section 0 (gABI, "Special Section Indexes").
            if sectionCount == 0 { sectionCount = first.size }
            if nameIndex == 0xffff { nameIndex = first.link }
            if segmentCount == 0xffff { segmentCount = first.address }
        }
        readSegments(at: segmentsOffset, count: segmentCount, size: segmentSize)
        readSections(at: sectionsOffset, count: sectionCount, size: sectionSize, nameIndex: nameIndex)
    }

    private func readSegments(at offset: UInt64, count: UInt64, size: UInt64) {
        guard size == 56, offset <= UInt64(bytes.count) else { return }
        let count = min(count, (UInt64(bytes.count) - offset) / 56)
        var reader = ByteReader(bytes, at: Int(offset))
        for _ in 0..<count {
            let type = reader.u32()
            let flags = reader.u32()
            let fileOffset = reader.u64()
            let address = reader.u64()
            _ = reader.u64()
            let fileSize = reader.u64()
            let memorySize = reader.u64()
            _ = reader.u64()
            segments.append(
                Segment(
                    type: type, flags: flags, offset: fileOffset, address: address, fileSize: fileSize,
                    memorySize: memorySize))
        }
    }

    private func header(at offset: UInt64) -> Section? {
        guard let part = bytes.part(at: offset, count: 64) else { return nil }
        var reader = ByteReader(part)
        _ = reader.u32()
        let type = reader.u32()
        let flags = reader.u64()
        let address = reader.u64()
        let fileOffset = reader.u64()
        let size = reader.u64()
        // sh_info stands behind sh_link; section 0 keeps the number of segments there.
        let link = Int(reader.u32())
        let info = reader.u32()
        _ = reader.u64()
        let entrySize = reader.u64()
        return Section(
            name: "", type: type, flags: flags, address: type == 0 ? UInt64(info) : address, offset: fileOffset,
            size: size, link: link, entrySize: entrySize)
    }

    private func readSections(at offset: UInt64, count: UInt64, size: UInt64, nameIndex: Int) {
        guard size == 64, offset != 0, offset < UInt64(bytes.count) else { return }
        let count = min(count, (UInt64(bytes.count) - offset) / 64)
        for index in 0..<count {
            guard let section = header(at: offset + index * 64) else { break }
            sections.append(section)
        }
        guard sections.indices.contains(nameIndex), let names = rawBytes(of: sections[nameIndex]) else { return }
        for index in sections.indices {
            var reader = ByteReader(bytes, at: Int(offset) + index * 64)
            guard let name = names.cString(at: UInt64(reader.u32())) else { continue }
            sections[index].name = String(name)
            if sectionIndex[sections[index].name] == nil { sectionIndex[sections[index].name] = index }
        }
    }

    // MARK: Sections

    /// The bytes as they lie in the file, nil for a section without or beyond its end.
    package func rawBytes(of section: Section) -> UnsafeRawBufferPointer? {
        section.hasNoBytes ? nil : bytes.part(at: section.offset, count: section.size)
    }

    package func section(named name: String) -> Section? { sectionIndex[name].map { sections[$0] } }

    /// The contents of the first section of that name, inflated. Nil when there is none, it is empty, or it cannot be
    /// read, which `unreadableSections` then tells.
    package func contents(of name: String) -> UnsafeRawBufferPointer? {
        if let index = sectionIndex[name] { return contents(ofSection: index) }
        // The older GNU form has another name: .zdebug_info.
        if name.hasPrefix(".debug_"), let index = sectionIndex[".z" + name.dropFirst(1)] {
            return contents(ofSection: index)
        }
        return nil
    }

    package func contents(ofSection index: Int) -> UnsafeRawBufferPointer? {
        guard sections.indices.contains(index) else { return nil }
        let section = sections[index]
        guard let raw = rawBytes(of: section) else {
            if !section.hasNoBytes, !unreadableSections.contains(where: { $0.name == section.name }) {
                unreadableSections.append((section.name, "it lies beyond the end of the file"))
            }
            return nil
        }
        guard section.isCompressed || section.name.hasPrefix(".zdebug") else { return raw.isEmpty ? nil : raw }
        if let known = inflated[index] { return known?.bytes }
        do throws(DebugInfoError) {
            let result = try InflatedBytes(section: section, raw: raw, path: path)
            inflated[index] = .some(result)
            return result.bytes
        } catch {
            unreadableSections.append((section.name, error.description))
            inflated[index] = .some(nil)
            return nil
        }
    }

    /// The GNU build id, from note sections or, without section headers, from note segments.
    package private(set) lazy var buildID: BuildID? = {
        let notes =
            sections.filter { $0.type == 7 }.compactMap { rawBytes(of: $0) }
            + segments.filter { $0.type == Segment.note }.compactMap { bytes.part(at: $0.offset, count: $0.fileSize) }
        for note in notes {
            var reader = ByteReader(note)
            while reader.remaining >= 12 {
                let nameSize = UInt64(reader.u32())
                let size = UInt64(reader.u32())
                let type = reader.u32()
                let name = reader.bytes(nameSize)
                reader.skip((4 - nameSize % 4) % 4)
                let description = reader.bytes(size)
                guard !reader.failed else { break }
                // NT_GNU_BUILD_ID
                if type == 3, name.elementsEqual([0x47, 0x4e, 0x55, 0]) { return BuildID(bytes: [UInt8](description)) }
                reader.skip(min((4 - size % 4) % 4, UInt64(reader.remaining)))
            }
        }
        return nil
    }()

    /// The file offset of an address, by the loadable segments.
    package func fileOffset(of address: UInt64) -> UInt64? {
        for segment in segments where segment.type == Segment.load {
            let distance = address &- segment.address
            if address >= segment.address, distance < segment.fileSize { return segment.offset &+ distance }
        }
        return nil
    }
}
