import Glibc
import ProcessModel

/// One PT_LOAD of a core: a mapping of the process, with as much of it as was written.
struct CoreSegment: Hashable {
    var start: Address
    /// One past the last byte of the mapping, whether dumped or not.
    var end: Address
    var permissions: Mapping.Permissions
    /// Where its bytes begin in the core.
    var offset: UInt64
    /// How many bytes the header promises; 0 for a mapping that was left out.
    var promised: UInt64
    /// How many of them are in the file.
    var available: UInt64
}

/// The program headers of a core: where its memory and its notes are.
///
/// Format: System V gABI, chapters 4 and 5; the kernel's fs/binfmt_elf.c writes PT_NOTE first, then a PT_LOAD for each
/// mapping, and the count to section header 0 when there are 65,535 or more (PN_XNUM, elf(5)).
struct CoreLayout {
    /// Segments beyond this number are left out, with a gap. The kernel's default is 65,530 mappings a process.
    static let segmentLimit = 1 << 21

    /// Sorted by start, free of overlaps, none empty.
    private(set) var segments: [CoreSegment] = []
    /// Places of the notes in the file, as promised by the headers.
    private(set) var notes: [Range<UInt64>] = []
    private(set) var gaps: [Gap] = []
    /// The end of the last byte that the headers promise.
    private(set) var promisedSize: UInt64 = 0

    /// - Throws: `notACore` and `unsupportedArchitecture` by the header; `malformed` when not even one program header is
    ///   there.
    init(file: ReadOnlyFile, path: String) throws(LinuxProcessError) {
        let header = try Self.header(of: file, path: path)
        let count = try Self.segmentCount(header, file: file, path: path)
        try readSegments(header, count: count, file: file, path: path)
        arrange(path: path)
        reportMissing(file: file, path: path)
    }

    private static func header(of file: ReadOnlyFile, path: String) throws(LinuxProcessError) -> ElfHeader {
        let head = file.bytes(at: 0, count: ElfHeader.size)
        guard !head.isEmpty else { throw .notACore(path: path, kind: "is empty") }
        let header: ElfHeader
        do throws(ElfProblem) {
            header = try ElfHeader(head.span.bytes)
        } catch {
            switch error {
            case .notELF: throw .notACore(path: path, kind: "is not an ELF file")
            case .unsupported(let architecture): throw .unsupportedArchitecture(path: path, architecture)
            case .malformed(let reason): throw .malformed(path: path, operation: "read the core", reason: reason)
            }
        }
        switch Int32(header.type) {
        case ET_CORE: return header
        case ET_EXEC, ET_DYN: throw .notACore(path: path, kind: "is a program or a library")
        default: throw .notACore(path: path, kind: "is an ELF file of type \(header.type)")
        }
    }

    private static func segmentCount(
        _ header: ElfHeader, file: ReadOnlyFile, path: String
    ) throws(LinuxProcessError) -> UInt64 {
        guard header.programHeaderCount == 0xffff else { return UInt64(header.programHeaderCount) }
        // sh_info of Elf64_Shdr is at 44.
        let section = file.bytes(at: header.sectionHeaderOffset, count: 64)
        guard let count = section.span.bytes.integer(at: 44, as: UInt32.self) else {
            // The kernel writes this section header behind everything else, so that a cut core has lost it. The table
            // ends where the first segment begins.
            let first = file.bytes(at: header.programHeaderOffset, count: ElfSegment.size)
            guard let segment = ElfSegment(first.span.bytes, at: 0), segment.offset > header.programHeaderOffset else {
                throw .malformed(
                    path: path, operation: "read the core",
                    reason: "has lost the section header that counts its segments, and its first segment")
            }
            return (segment.offset - header.programHeaderOffset) / UInt64(ElfSegment.size)
        }
        return UInt64(count)
    }

    private mutating func readSegments(
        _ header: ElfHeader, count promised: UInt64, file: ReadOnlyFile, path: String
    ) throws(LinuxProcessError) {
        let size = UInt64(ElfSegment.size)
        let start = header.programHeaderOffset
        let available = start < file.size ? (file.size - start) / size : 0
        let count = Int(min(promised, available, UInt64(Self.segmentLimit)))
        guard count > 0 else {
            throw .malformed(
                path: path, operation: "read the core",
                reason: "has none of its \(promised) program headers: \(file.size) bytes are there")
        }
        if UInt64(count) < promised {
            gaps.append(
                Gap(
                    .file(path), operation: "read the program headers",
                    reason: "\(count) of \(promised) are read; the memory that the others describe is missing",
                    help: Self.cutHelp))
        }
        let chunk = 4096
        for first in stride(from: 0, to: count, by: chunk) {
            let table = file.bytes(
                at: start + UInt64(first) * size, count: min(chunk, count - first) * ElfSegment.size)
            let bytes = table.span.bytes
            var offset = 0
            while let segment = ElfSegment(bytes, at: offset) {
                add(segment, fileSize: file.size)
                offset += ElfSegment.size
            }
        }
    }

    private mutating func add(_ segment: ElfSegment, fileSize: UInt64) {
        let end = segment.offset.sum(segment.fileSize) ?? UInt64.max
        if segment.type == UInt32(PT_NOTE), segment.fileSize > 0 {
            notes.append(segment.offset..<end)
            promisedSize = max(promisedSize, end)
        }
        guard segment.isLoad, segment.memorySize > 0, let limit = segment.address.sum(segment.memorySize) else {
            return
        }
        let promised = min(segment.fileSize, segment.memorySize)
        let available = segment.offset < fileSize ? min(promised, fileSize - segment.offset) : 0
        if promised > 0 { promisedSize = max(promisedSize, segment.offset.sum(promised) ?? UInt64.max) }
        var permissions: Mapping.Permissions = []
        if segment.flags & 4 != 0 { permissions.insert(.read) }
        if segment.flags & 2 != 0 { permissions.insert(.write) }
        if segment.flags & 1 != 0 { permissions.insert(.execute) }
        segments.append(
            CoreSegment(
                start: Address(segment.address), end: Address(limit), permissions: permissions,
                offset: segment.offset, promised: promised, available: available))
    }

    /// Sorts the segments and cuts off what overlaps: of two segments that claim one address the lower start wins.
    private mutating func arrange(path: String) {
        var isSorted = true
        for index in segments.indices.dropFirst() where segments[index].start < segments[index - 1].end {
            isSorted = false
            break
        }
        guard !isSorted else { return }
        segments.sort { ($0.start, $0.end) < ($1.start, $1.end) }
        var kept: [CoreSegment] = []
        kept.reserveCapacity(segments.count)
        var overlaps = 0
        for var segment in segments {
            if let last = kept.last, segment.start < last.end {
                overlaps += 1
                let cut = last.end.distance(above: segment.start)
                guard segment.end > last.end else { continue }
                segment.start = last.end
                segment.offset = segment.offset.sum(cut) ?? UInt64.max
                segment.promised -= min(cut, segment.promised)
                segment.available -= min(cut, segment.available)
            }
            kept.append(segment)
        }
        segments = kept
        if overlaps > 0 {
            gaps.append(
                Gap(
                    .file(path), operation: "lay out the memory",
                    reason: "\(overlaps) segments overlap others; the doubled addresses are read from the lower one",
                    help: "The core is damaged or was not written by the kernel or gcore; take another one."))
        }
    }

    /// The segment of the mapping that held `address`, dumped or not.
    func segment(holding address: Address) -> CoreSegment? {
        var low = 0
        var high = segments.count
        while low < high {
            let middle = (low + high) / 2
            if segments[middle].end <= address { low = middle + 1 } else { high = middle }
        }
        return low < segments.count && segments[low].start <= address ? segments[low] : nil
    }

    static let cutHelp =
        "Write cores without limit (`ulimit -c unlimited`; systemd-coredump: ProcessSizeMax and ExternalSizeMax) to a "
        + "disk with enough space."

    private mutating func reportMissing(file: ReadOnlyFile, path: String) {
        guard promisedSize > file.size else { return }
        var missing = 0
        var partial = 0
        var bytes: UInt64 = 0
        var all: UInt64 = 0
        for segment in segments where segment.promised > 0 {
            all = all.sum(segment.promised) ?? UInt64.max
            guard segment.available < segment.promised else { continue }
            if segment.available == 0 { missing += 1 } else { partial += 1 }
            bytes = bytes.sum(segment.promised - segment.available) ?? UInt64.max
        }
        gaps.append(
            Gap(
                .file(path), operation: "read the whole core",
                reason: "it is cut short: \(file.size) of \(promisedSize) bytes are there; "
                    + "\(missing) memory segments are missing and \(partial) are there in part "
                    + "(\(bytes) of \(all) bytes of memory)",
                help: Self.cutHelp))
    }
}
