import CElfutils
import Glibc
import ProcessModel

/// The text of an errno value (strerror(3)).
func errnoText(_ value: Int32) -> String {
    strerror(value).map { String(cString: $0) } ?? "error \(value)"
}

/// An ELF object opened through libelf: a file, or an image copied from the target's memory.
///
/// Owns the `Elf` handle and what stands behind it. libelf handles are not thread-safe and may point into a mapped
/// file: a file that is cut short while it is mapped raises SIGBUS, which is why untrusted files are opened in an
/// isolated child (`IsolatedDebugInfo`). Not Sendable.
final class ElfFile {
    /// The largest image that is copied out of a target's memory: no vDSO or JIT image comes near.
    static let memoryImageLimit: UInt64 = 256 << 20

    /// `Elf *`. Valid as long as this object lives.
    let handle: OpaquePointer
    /// The path that was opened, or the module's name for an image of memory.
    let path: String
    private let descriptor: Int32
    private let image: UnsafeMutableRawBufferPointer?

    /// Opens a file. Throws `.file` when it cannot be opened, `.library` when libelf refuses it, and
    /// `.notOurArchitecture` when it is no 64-bit x86 ELF file.
    init(path: String) throws(DebugInfoError) {
        Self.prepareLibrary
        // A FIFO or a device as "debug file" must not block us: O_NONBLOCK has no effect on regular files.
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .file(operation: "open", path: path, errno: errno) }
        guard let handle = elf_begin(descriptor, ELF_C_READ_MMAP, nil) else {
            close(descriptor)
            throw .library(operation: "open", subject: path, message: Self.lastMessage)
        }
        self.path = path
        self.descriptor = descriptor
        self.handle = handle
        self.image = nil
        try requireArchitecture()
    }

    /// Copies `size` bytes from `start` on and opens them. Throws `.tooLarge` beyond `memoryImageLimit`,
    /// `.unavailable` when not one byte is readable.
    init(name: String, memory: any MemorySource, start: Address, size: UInt64) throws(DebugInfoError) {
        Self.prepareLibrary
        guard size <= Self.memoryImageLimit else { throw .tooLarge(subject: name, size: size) }
        let image = UnsafeMutableRawBufferPointer.allocate(byteCount: max(Int(size), 64), alignment: 16)
        image.initializeMemory(as: UInt8.self, repeating: 0)
        let count = memory.read(start, into: UnsafeMutableRawBufferPointer(rebasing: image[..<Int(size)]))
        guard count > 0 else {
            image.deallocate()
            throw .unavailable(module: name, reason: "its memory is not readable")
        }
        guard let handle = elf_memory(image.baseAddress?.assumingMemoryBound(to: CChar.self), Int(size)) else {
            image.deallocate()
            throw .library(operation: "read", subject: name, message: Self.lastMessage)
        }
        self.path = name
        self.descriptor = -1
        self.handle = handle
        self.image = image
        try requireArchitecture()
    }

    /// Opens what `module.content` says. A file whose build id differs from the module's is refused: its tables would
    /// be believed for other code.
    static func open(_ module: Module, memory: any MemorySource) throws(DebugInfoError) -> ElfFile {
        switch module.content {
        case .file(let path):
            let file = try ElfFile(path: path)
            try file.require(module.buildID)
            return file
        case .memory(let size):
            return try ElfFile(name: module.path, memory: memory, start: module.start, size: size)
        case .unavailable(let reason):
            throw .unavailable(module: module.path, reason: reason)
        }
    }

    deinit {
        elf_end(handle)
        if descriptor >= 0 { close(descriptor) }
        image?.deallocate()
    }

    /// The GNU build id, from a note section or, without section headers, from a note segment.
    var buildID: BuildID? {
        var bytes: UnsafeRawPointer?
        let count = dwelf_elf_gnu_build_id(handle, &bytes)
        guard count > 0, count <= 64, let bytes else { return nil }
        return BuildID(bytes: [UInt8](UnsafeRawBufferPointer(start: bytes, count: count)))
    }

    /// Throws `.otherBuildID` when both ids are known and differ.
    func require(_ expected: BuildID?) throws(DebugInfoError) {
        guard let expected, let found = buildID, found != expected else { return }
        throw .otherBuildID(path: path, expected: expected.description, found: found.description)
    }

    /// Whether a section of this name exists, without reading its contents.
    func hasSection(named names: String...) -> Bool {
        var stringTable = 0
        guard elf_getshdrstrndx(handle, &stringTable) == 0 else { return false }
        var section = elf_nextscn(handle, nil)
        while let current = section {
            var header = GElf_Shdr()
            if gelf_getshdr(current, &header) != nil,
                let name = elf_strptr(handle, stringTable, Int(header.sh_name)),
                names.contains(where: { strcmp($0, name) == 0 })
            {
                return true
            }
            section = elf_nextscn(handle, current)
        }
        return false
    }

    private func requireArchitecture() throws(DebugInfoError) {
        var header = GElf_Ehdr()
        guard elf_kind(handle) == ELF_K_ELF, gelf_getehdr(handle, &header) != nil else {
            throw .library(operation: "read the ELF header of", subject: path, message: Self.lastMessage)
        }
        guard gelf_getclass(handle) == Int32(ELFCLASS64), header.e_machine == UInt16(EM_X86_64) else {
            throw .notOurArchitecture(path: path)
        }
    }

    /// libelf wants elf_version(3) before anything else.
    private static let prepareLibrary: Void = { _ = elf_version(UInt32(EV_CURRENT)) }()

    /// libelf's text for its last error, and forgets it.
    static var lastMessage: String {
        elf_errmsg(elf_errno()).map { String(cString: $0) } ?? "unknown error"
    }
}
