import Glibc
import ProcessModel
import SignalMapABI

/// The signal map of one binary: records in a file's bytes, read where they lie.
///
/// The bytes are owned or mapped, and every buffer of records lives as long as this object: who keeps a buffer keeps the
/// object, too (`withExtendedLifetime`). Opening checks the sizes,
/// the checksum and that stretches do not overlap, and reads nothing else; whatever else a record says is checked when it
/// is used: an index that leads nowhere gives nil or nothing. A mapped file that somebody cuts short while it is in use
/// ends the process with SIGBUS (mmap(2)): maps are replaced by renaming, never rewritten.
package final class SignalMapFile: @unchecked Sendable {
    /// Where it was read from, or of what it was made.
    package let path: String
    package let bytes: UnsafeRawBufferPointer
    private let isMapped: Bool

    package let header: dwm_header
    /// By address. Records whose "first" begins a stretch have no closing record here: see the stretches.
    package let functions: UnsafeBufferPointer<dwm_function>
    package let parts: UnsafeBufferPointer<dwm_part>
    package let blocks: UnsafeBufferPointer<dwm_block>
    package let successors: UnsafeBufferPointer<UInt32>
    package let calls: UnsafeBufferPointer<dwm_call>
    package let targetSets: UnsafeBufferPointer<dwm_target_set>
    package let targetLists: UnsafeBufferPointer<dwm_target_list>
    package let cells: UnsafeBufferPointer<dwm_cell>
    package let targets: UnsafeBufferPointer<UInt32>
    package let operations: UnsafeBufferPointer<dwm_operation>
    package let identities: UnsafeBufferPointer<dwm_identity>
    package let hops: UnsafeBufferPointer<dwm_hop>
    package let keySets: UnsafeBufferPointer<dwm_key_set>
    package let keys: UnsafeBufferPointer<UInt32>
    package let members: UnsafeBufferPointer<dwm_member>
    package let stores: UnsafeBufferPointer<dwm_store>
    package let loops: UnsafeBufferPointer<dwm_loop>
    package let predicates: UnsafeBufferPointer<dwm_predicate>
    package let slots: UnsafeBufferPointer<dwm_slot>
    package let sources: UnsafeBufferPointer<dwm_source>
    package let exports: UnsafeBufferPointer<dwm_export>
    package let callbacks: UnsafeBufferPointer<dwm_callback>
    package let lines: UnsafeBufferPointer<dwm_line>
    package let gaps: UnsafeBufferPointer<dwm_gap>
    package let classPlaces: UnsafeBufferPointer<dwm_class_place>
    package let classTables: UnsafeBufferPointer<dwm_class_table>
    let classEntries: UnsafeBufferPointer<UInt32>
    package let variants: UnsafeBufferPointer<dwm_variant>
    let variantBlocks: UnsafeBufferPointer<UInt32>
    let variantCalls: UnsafeBufferPointer<dwm_variant_call>
    package let constantCalls: UnsafeBufferPointer<dwm_variant_call>
    let strings: UnsafeRawBufferPointer

    /// Maps a file. Throws `.file` when it cannot be opened or mapped, `.notAMap`, `.otherVersion`, `.damaged`.
    package convenience init(path: String) throws(SignalMapError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .file(operation: "open", path: path, errno: errno) }
        defer { close(descriptor) }
        try self.init(descriptor: descriptor, path: path)
    }

    /// Maps an open file, which stays open and the caller's.
    package convenience init(descriptor: Int32, path: String) throws(SignalMapError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .file(operation: "stat", path: path, errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else { throw .notAMap(path: path) }
        let count = Int(status.st_size)
        // Its pages are all read at once for the checksum.
        guard let place = mmap(nil, count, PROT_READ, MAP_PRIVATE | MAP_POPULATE, descriptor, 0), place != MAP_FAILED
        else { throw .file(operation: "map", path: path, errno: errno) }
        try self.init(owning: UnsafeRawBufferPointer(start: place, count: count), isMapped: true, path: path)
    }

    /// Reads a copy of `bytes`.
    package convenience init(bytes: UnsafeRawBufferPointer, path: String) throws(SignalMapError) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 8)
        copy.copyMemory(from: bytes)
        try self.init(owning: UnsafeRawBufferPointer(copy), isMapped: false, path: path)
    }

    /// Takes ownership of `bytes`, which are aligned to 8, and frees or unmaps them, also when it throws.
    init(owning bytes: UnsafeRawBufferPointer, isMapped: Bool, path: String) throws(SignalMapError) {
        let directory: SectionDirectory
        do throws(SignalMapError) {
            directory = try SectionDirectory(bytes, path: path)
            try directory.checkStretches(path: path)
        } catch {
            Self.release(bytes, isMapped: isMapped)
            throw error
        }
        self.path = path
        self.bytes = bytes
        self.isMapped = isMapped
        header = directory.header
        functions = directory.records(DWM_FUNCTIONS, isClosed: true)
        parts = directory.records(DWM_PARTS)
        blocks = directory.records(DWM_BLOCKS, isClosed: true)
        successors = directory.records(DWM_SUCCESSORS)
        calls = directory.records(DWM_CALLS)
        targetSets = directory.records(DWM_TARGET_SETS)
        targetLists = directory.records(DWM_TARGET_LISTS, isClosed: true)
        cells = directory.records(DWM_CELLS)
        targets = directory.records(DWM_TARGETS)
        operations = directory.records(DWM_OPERATIONS)
        identities = directory.records(DWM_IDENTITIES, isClosed: true)
        hops = directory.records(DWM_HOPS)
        keySets = directory.records(DWM_KEY_SETS, isClosed: true)
        keys = directory.records(DWM_KEYS)
        members = directory.records(DWM_MEMBERS)
        stores = directory.records(DWM_STORES)
        loops = directory.records(DWM_LOOPS, isClosed: true)
        predicates = directory.records(DWM_PREDICATES)
        slots = directory.records(DWM_SLOTS)
        sources = directory.records(DWM_SOURCES)
        exports = directory.records(DWM_EXPORTS)
        callbacks = directory.records(DWM_CALLBACKS)
        lines = directory.records(DWM_LINES)
        gaps = directory.records(DWM_GAPS)
        classPlaces = directory.records(DWM_CLASS_PLACES)
        classTables = directory.records(DWM_CLASS_TABLES, isClosed: true)
        classEntries = directory.records(DWM_CLASS_ENTRIES)
        variants = directory.records(DWM_VARIANTS, isClosed: true)
        variantBlocks = directory.records(DWM_VARIANT_BLOCKS)
        variantCalls = directory.records(DWM_VARIANT_CALLS)
        constantCalls = directory.records(DWM_CONSTANT_CALLS)
        strings = directory.bytes(DWM_STRINGS)
    }

    deinit { Self.release(bytes, isMapped: isMapped) }

    private static func release(_ bytes: UnsafeRawBufferPointer, isMapped: Bool) {
        if isMapped {
            munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
        } else {
            bytes.deallocate()
        }
    }
}
