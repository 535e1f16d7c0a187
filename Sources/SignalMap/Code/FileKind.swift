import DebugInfo
import Glibc

/// What a file is from which no signal map can be made, by its kind and first bytes.
///
/// The formats' first bytes are those of the ELF specification (figure 4-3 and after), ar(5), <mach-o/loader.h>, the PE
/// format and file(1)'s own list for the rest.
public enum FileKind: Hashable, Sendable {
    case empty
    /// A folder, a FIFO, a device or a socket: which, as a noun.
    case notRegular(String)
    case archive
    case linkerScript
    case script
    case text
    /// Compressed: the name of the method.
    case compressed(String)
    /// A program of another system: the format's name.
    case foreign(String)
    /// ELF of 32 bits or of another processor: its name.
    case otherMachine(String)
    /// ET_REL: what a compiler leaves for the linker.
    case object
    case kernelModule
    /// ET_CORE
    case core

    /// A noun with its article.
    public var description: String {
        switch self {
        case .empty: "an empty file"
        case .notRegular(let noun): noun
        case .archive: "an archive of object files (.a)"
        case .linkerScript: "a linker script: text that names the library itself"
        case .script: "a script, which some other program runs"
        case .text: "text, not an ELF file"
        case .compressed(let method): "compressed with \(method)"
        case .foreign(let format): "a \(format) file, not an ELF file"
        case .otherMachine(let machine): "an ELF file for \(machine), not for x86-64"
        case .object: "an object file (.o) that no linker has placed yet"
        case .kernelModule: "a kernel module"
        case .core: "a core dump"
        }
    }

    /// What to try, a sentence.
    public var help: String {
        switch self {
        case .empty: "Build it again, or copy it again: nothing has arrived."
        case .notRegular: "Give the binary's own file, or a folder of maps that `deadwait map … -o FOLDER` wrote."
        case .archive: "Link it into a program or a shared library, and give that."
        case .linkerScript: "Look into it and give the .so file that it names."
        case .script: "Give the program that it starts."
        case .text: "Give an ELF file of x86-64: a program or a shared library."
        case .compressed: "Unpack it first."
        case .foreign: "Signal maps are made of Linux programs for x86-64 only."
        case .otherMachine: "Signal maps are made of programs for x86-64 only, so far."
        case .object: "Link it into a program or a shared library, and give that."
        case .kernelModule: "Signal maps are made of programs and shared libraries only."
        case .core: "Give the program that dumped it, and its libraries; the core itself is for `deadwait core`."
        }
    }

    /// What the file at `path` is, where it is something else than an ELF program or library of x86-64; nil too where it
    /// cannot be opened, which whoever opens it next can tell better. Never waits for a FIFO's writer.
    static func other(at path: String) -> FileKind? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: return .notRegular("a folder")
        case S_IFIFO: return .notRegular("a FIFO")
        case S_IFSOCK: return .notRegular("a socket")
        default: return .notRegular("a device")
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var start = [UInt8](repeating: 0, count: 4096)
        let count = pread(descriptor, &start, start.count, 0)
        guard count >= 0 else { return nil }
        let kind = other(beginningWith: Array(start.prefix(count)))
        return kind == .object && isKernelModule(path) ? .kernelModule : kind
    }

    /// Kernel modules are object files with a section of their own (linux/module.h, MODULE_INFO).
    private static func isKernelModule(_ path: String) -> Bool {
        do throws(DebugInfoError) {
            return try ObjectFile(path: path).section(named: ".modinfo") != nil
        } catch {
            return false
        }
    }

    /// The same of a file's first bytes; nil for what may be an ELF program or library of x86-64, and for what is not
    /// known by its first bytes.
    static func other(beginningWith start: [UInt8]) -> FileKind? {
        if start.isEmpty { return .empty }
        if start.starts(with: [0x7f, 0x45, 0x4c, 0x46]) { return otherELF(start) }
        for (magic, kind) in magics where start.starts(with: magic) { return kind }
        // Text has no zero bytes and hardly any other control characters.
        guard start.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || (0x08...0x0d).contains($0) || $0 == 0x1b }) else {
            return nil
        }
        let text = String(decoding: start, as: UTF8.self)
        let words = ["GNU ld script", "OUTPUT_FORMAT", "GROUP (", "GROUP(", "INPUT (", "INPUT("]
        return words.contains { text.contains($0) } ? .linkerScript : .text
    }

    private static let magics: [([UInt8], FileKind)] = [
        (Array("!<arch>\n".utf8), .archive), (Array("!<thin>\n".utf8), .archive), (Array("#!".utf8), .script),
        ([0x1f, 0x8b], .compressed("gzip")), ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], .compressed("xz")),
        ([0x28, 0xb5, 0x2f, 0xfd], .compressed("zstd")), (Array("BZh".utf8), .compressed("bzip2")),
        ([0x50, 0x4b, 3, 4], .compressed("zip")), (Array("MZ".utf8), .foreign("Windows")),
        ([0xcf, 0xfa, 0xed, 0xfe], .foreign("Mach-O")), ([0xca, 0xfe, 0xba, 0xbe], .foreign("Mach-O or Java")),
        (Array("BC".utf8) + [0xc0, 0xde], .foreign("LLVM bitcode")), ([0, 0x61, 0x73, 0x6d], .foreign("WebAssembly")),
    ]

    /// By e_ident, e_type and e_machine.
    private static func otherELF(_ start: [UInt8]) -> FileKind? {
        guard start.count >= 20 else { return nil }
        let isLittle = start[5] != 2
        func half(_ place: Int) -> Int {
            isLittle
                ? Int(start[place]) | Int(start[place + 1]) << 8 : Int(start[place + 1]) | Int(start[place]) << 8
        }
        let machine = half(18)
        guard start[4] == 2, isLittle, machine == 62 else {
            let name = machines[machine] ?? "machine \(machine)"
            return .otherMachine(machine == 62 ? "32-bit x86-64 (x32)" : name)
        }
        switch half(16) {
        case 1: return .object
        case 4: return .core
        default: return nil
        }
    }

    /// ELF's e_machine, those that run Linux.
    private static let machines: [Int: String] = [
        3: "32-bit x86 (i386)", 8: "MIPS", 20: "PowerPC", 21: "PowerPC 64", 22: "s390", 40: "32-bit ARM",
        43: "SPARC", 183: "AArch64", 243: "RISC-V", 258: "LoongArch", 247: "BPF",
    ]
}
