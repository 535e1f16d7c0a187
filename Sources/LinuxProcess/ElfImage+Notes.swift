import Glibc
import ProcessModel

/// One note: where its parts lie within the bytes that were searched.
struct ElfNote {
    var type: UInt32
    /// Without the terminating NUL.
    var name: String
    var descriptor: Range<Int>
}

extension RawSpan {
    /// Calls `body` for each note (System V gABI, chapter 5, "Note Section") until it returns false or the bytes end.
    ///
    /// `alignment` is the segment's p_align: 8 pads to 8 bytes, as .note.gnu.property does; anything else pads to 4.
    func forEachNote(alignment: UInt64, _ body: (ElfNote) -> Bool) {
        let mask = alignment == 8 ? 7 : 3
        var offset = 0
        while let nameSize = integer(at: offset, as: UInt32.self), let size = integer(at: offset + 4, as: UInt32.self),
            let type = integer(at: offset + 8, as: UInt32.self)
        {
            // Sums of an offset within the bytes and two 32-bit sizes cannot overflow 64 bits.
            let descriptor = (offset + 12 + Int(nameSize) + mask) & ~mask
            let end = descriptor + Int(size)
            guard end <= byteCount, let name = text(at: offset + 12, limit: min(Int(nameSize), 64)) else { return }
            guard body(ElfNote(type: type, name: name, descriptor: descriptor..<end)) else { return }
            offset = (end + mask) & ~mask
        }
    }
}

extension ElfImage {
    /// What looking for a build id gave.
    enum BuildIDSearch: Equatable {
        case found(BuildID)
        /// All notes were read and none is a build id.
        case none
        /// A note segment could not be read, so there may be one.
        case unreadable

        var id: BuildID? {
            if case .found(let id) = self { return id }
            return nil
        }
    }

    /// Note segments larger than this are not searched; the build id's is 36 bytes long.
    static let noteLimit: UInt64 = 64 << 10
    /// Note segments beyond these are not searched; linkers write two or three.
    static let noteSegmentLimit = 8

    /// The NT_GNU_BUILD_ID note. `read` takes the place that `place` names for a segment: its offset in a file, its
    /// address in memory.
    func buildID(place: (ElfSegment) -> UInt64, read: Reader) -> BuildIDSearch {
        var result = BuildIDSearch.none
        for (index, segment) in segments.filter({ $0.type == UInt32(PT_NOTE) }).enumerated() {
            guard segment.fileSize <= Self.noteLimit, index < Self.noteSegmentLimit else {
                result = .unreadable
                continue
            }
            let size = Int(segment.fileSize)
            let notes: [UInt8]
            if let offset = Int(exactly: segment.offset), let part = head.span.bytes.bytes(at: offset, count: size) {
                // In memory, too, the head is the start of the file: the first segment begins with it.
                notes = part
            } else {
                notes = Self.bytes(place(segment), count: size, from: read)
            }
            if notes.count < size { result = .unreadable }
            if let found = Self.buildID(notes: notes, alignment: segment.alignment) { return .found(found) }
        }
        return result
    }

    /// The first build id among the notes of one segment.
    static func buildID(notes: [UInt8], alignment: UInt64) -> BuildID? {
        var place: Range<Int>?
        notes.span.bytes.forEachNote(alignment: alignment) { note in
            guard note.type == UInt32(NT_GNU_BUILD_ID), note.name == "GNU" else { return true }
            place = note.descriptor
            return false
        }
        return place.flatMap { $0.count <= 64 ? BuildID(bytes: Array(notes[$0])) : nil }
    }

    func buildID(file: ReadOnlyFile) -> BuildIDSearch {
        buildID(place: \.offset) { file.read(at: $0, into: $1) }
    }

    func buildID(memory: any MemorySource, loadBias: UInt64) -> BuildIDSearch {
        buildID(place: { $0.address &+ loadBias }, read: { memory.read(Address($0), into: $1) })
    }
}
