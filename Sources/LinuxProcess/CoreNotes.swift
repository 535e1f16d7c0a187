import Glibc
import ProcessModel

/// What the notes of a core say, read in one pass.
///
/// The kernel writes NT_PRSTATUS of the thread that crashed, NT_PRPSINFO, NT_SIGINFO, NT_AUXV, NT_FILE, that thread's
/// register notes, and NT_PRSTATUS with register notes for each other thread (fs/binfmt_elf.c, fill_note_info). gcore
/// writes NT_PRPSINFO first and an NT_SIGINFO behind each NT_PRSTATUS. Both read the same way when an NT_SIGINFO belongs
/// to the NT_PRSTATUS before it.
struct CoreNotes {
    /// Threads beyond this number are left out, with a gap; the kernel's own limit is 4,194,304 (PID_MAX_LIMIT).
    static let threadLimit = 1 << 22
    /// The kernel's NT_FILE is 4 MiB at most unless told otherwise (core_file_note_size_limit, 16 MiB at most).
    static let fileNoteLimit = 64 << 20

    private(set) var threads: [CoreThread] = []
    private(set) var process: CoreProcess?
    private(set) var auxiliaryVector = AuxiliaryVector()
    private(set) var files = CoreFileTable()
    private(set) var gaps: [Gap] = []

    private let path: String
    private var seen: Set<Int32> = []
    private var duplicates = 0
    private var oddSizes = 0

    init(layout: CoreLayout, file: ReadOnlyFile, path: String) {
        self.path = path
        for range in layout.notes { read(range, file: file) }
        if layout.notes.isEmpty {
            gap("find the notes", "the core has none: no threads, no registers, no file names")
        } else if threads.isEmpty {
            gap(
                "find the threads", "no NT_PRSTATUS note is readable",
                help: "gcore writes them behind the memory, so that only its whole file has threads.")
        }
        if duplicates > 0 { gap("read the threads", "\(duplicates) notes repeat the id of another thread") }
        if oddSizes > 0 { gap("read the notes", "\(oddSizes) have a size that is not that of x86-64") }
    }

    private mutating func gap(_ operation: String, _ reason: String, help: String? = nil) {
        gaps.append(Gap(.file(path), operation: operation, reason: reason, help: help))
    }

    private mutating func read(_ range: Range<UInt64>, file: ReadOnlyFile) {
        let end = min(range.upperBound, file.size)
        if end < range.upperBound {
            let there = end > range.lowerBound ? end - range.lowerBound : 0
            gap(
                "read all notes",
                "\(there) of \(range.upperBound - range.lowerBound) bytes are there: threads or file names may be missing",
                help: CoreLayout.cutHelp)
        }
        var window = NoteWindow(file: file, end: end)
        var offset = range.lowerBound
        while offset < end, end - offset >= 12 {
            guard let head = window.bytes(at: offset, count: 12),
                let nameSize = head.span.bytes.integer(at: 0, as: UInt32.self),
                let size = head.span.bytes.integer(at: 4, as: UInt32.self),
                let type = head.span.bytes.integer(at: 8, as: UInt32.self)
            else { break }
            // Each note is padded to 4 bytes in cores. The sums are of a file offset and two 32-bit sizes.
            guard let descriptor = offset.sum(12 + (UInt64(nameSize) + 3) & ~3),
                let next = descriptor.sum((UInt64(size) + 3) & ~3), descriptor + UInt64(size) <= end
            else {
                if end == range.upperBound {
                    gap(
                        "read all notes",
                        "the note at \(Address(offset)) of the file claims \(size) bytes, past the end")
                }
                break
            }
            take(type, nameSize: nameSize, name: offset + 12, at: descriptor, size: Int(size), window: &window)
            // Two empty notes are possible; a step is 12 bytes at least.
            offset = next
        }
    }

    private mutating func take(
        _ type: UInt32, nameSize: UInt32, name: UInt64, at offset: UInt64, size: Int, window: inout NoteWindow
    ) {
        // "CORE" with its NUL; "LINUX" and others hold registers that are not needed.
        guard nameSize == 5, window.bytes(at: name, count: 5) == Array("CORE\0".utf8) else { return }
        switch Int32(bitPattern: type) {
        case NT_PRSTATUS:
            guard size == CoreThread.noteSize, let bytes = window.bytes(at: offset, count: size),
                let thread = CoreThread(bytes.span.bytes)
            else {
                oddSizes += 1
                return
            }
            guard threads.count < Self.threadLimit, seen.insert(thread.id.rawValue).inserted else {
                duplicates += 1
                return
            }
            threads.append(thread)
        case NT_PRPSINFO:
            guard let bytes = window.bytes(at: offset, count: min(size, 256)) else { return }
            if let process = CoreProcess(bytes.span.bytes) { self.process = process } else { oddSizes += 1 }
        case Int32(bitPattern: 0x5349_4749):  // NT_SIGINFO
            guard !threads.isEmpty, let bytes = window.bytes(at: offset, count: min(size, 128)) else { return }
            threads[threads.count - 1].signalInformation = CoreSignalInformation(bytes.span.bytes)
        case NT_AUXV:
            guard let bytes = window.bytes(at: offset, count: min(size, 16 << 10)) else { return }
            auxiliaryVector = AuxiliaryVector(bytes: bytes)
        case Int32(bitPattern: 0x4649_4c45):  // NT_FILE
            guard size <= Self.fileNoteLimit, let bytes = window.bytes(at: offset, count: size) else {
                gap("read the file names", "the NT_FILE note has \(size) bytes")
                return
            }
            files = CoreFileTable(bytes.span.bytes)
            if let reason = files.problem { gap("read all file names", reason) }
        default: break
        }
    }
}

/// A part of the notes in memory, moved along as they are read.
private struct NoteWindow {
    private static let size = 256 << 10

    let file: ReadOnlyFile
    let end: UInt64
    private var start: UInt64 = 0
    private var held: [UInt8] = []

    init(file: ReadOnlyFile, end: UInt64) {
        self.file = file
        self.end = end
    }

    /// `count` bytes of the file, nil when they are not there before `end`.
    mutating func bytes(at offset: UInt64, count: Int) -> [UInt8]? {
        guard offset <= end, end - offset >= UInt64(count) else { return nil }
        if offset < start || offset - start > UInt64(held.count)
            || UInt64(held.count) - (offset - start) < UInt64(count)
        {
            held = file.bytes(at: offset, count: Int(min(UInt64(max(Self.size, count)), end - offset)))
            start = offset
        }
        return held.span.bytes.bytes(at: Int(offset - start), count: count)
    }
}
