import ProcessModel

/// The NT_FILE note: which file is mapped where (fs/binfmt_elf.c, fill_files_note).
///
/// Words of 8 bytes: a count, a page size, then start, end and offset in pages for each mapping; behind them the paths,
/// each ended by NUL, in the same order.
struct CoreFileTable {
    struct Entry: Hashable {
        var start: Address
        var end: Address
        var offset: UInt64
        /// Without " (deleted)".
        var path: String
        var isDeleted: Bool
    }

    /// Sorted by start, free of overlaps.
    private(set) var entries: [Entry] = []
    /// Why entries are missing; nil when none is.
    private(set) var problem: String?

    init() {}

    init(_ note: RawSpan) {
        guard let count = note.integer(at: 0, as: UInt64.self), let pageSize = note.integer(at: 8, as: UInt64.self)
        else {
            problem = "the NT_FILE note is too short for its own header"
            return
        }
        // Each entry takes 24 bytes and a path of at least its NUL, so that the note's size bounds the count.
        let limit = UInt64(max(note.byteCount - 16, 0) / 25)
        if count > limit { problem = "the NT_FILE note claims \(count) files and has room for \(limit) at most" }
        let readable = Int(min(count, limit))
        // The paths begin behind as many entries as the note claims.
        guard let table = count.product(24)?.sum(16), var offset = Int(exactly: table), offset <= note.byteCount else {
            return
        }
        entries.reserveCapacity(readable)
        for index in 0..<readable {
            guard let (text, next) = note.terminatedText(at: offset) else {
                problem = problem ?? "the NT_FILE note ends within its paths: \(index) of \(count) are there"
                break
            }
            offset = next
            add(note, at: 16 + index * 24, pageSize: pageSize, path: text)
        }
        sort()
    }

    private mutating func add(_ note: RawSpan, at offset: Int, pageSize: UInt64, path: String) {
        guard let start = note.integer(at: offset, as: UInt64.self),
            let end = note.integer(at: offset + 8, as: UInt64.self),
            let pages = note.integer(at: offset + 16, as: UInt64.self), start < end,
            let fileOffset = pages.product(pageSize)
        else {
            problem = problem ?? "an entry of the NT_FILE note has impossible addresses"
            return
        }
        let suffix = " (deleted)"
        let isDeleted = path.hasSuffix(suffix)
        entries.append(
            Entry(
                start: Address(start), end: Address(end), offset: fileOffset,
                path: isDeleted ? String(path.dropLast(suffix.count)) : path, isDeleted: isDeleted))
    }

    private mutating func sort() {
        let isSorted = zip(entries, entries.dropFirst()).allSatisfy { $0.end <= $1.start }
        guard !isSorted else { return }
        entries.sort { ($0.start, $0.end) < ($1.start, $1.end) }
        var last = Address(0)
        let count = entries.count
        entries.removeAll { entry in
            guard entry.start >= last else { return true }
            last = entry.end
            return false
        }
        if entries.count < count {
            problem = problem ?? "\(count - entries.count) entries of the NT_FILE note overlap others"
        }
    }
}
