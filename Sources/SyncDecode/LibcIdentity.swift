import ProcessModel

/// The C library of the process under diagnosis.
enum LibcIdentity: Hashable {
    /// `minor` is NN of release 2.NN; nil when the release could not be told, so that only probes decide.
    case glibc(minor: Int?)
    case musl
    /// Statically linked or not recognised.
    case unknown

    /// From the modules' names, and from glibc's version definitions in memory where these can be read.
    init(modules: [Module], memory: any MemorySource) {
        if modules.contains(where: { LibraryNames.isMusl($0.name) }) {
            self = .musl
        } else if let libc = modules.first(where: { LibraryNames.isGlibc($0.name) }) {
            self = .glibc(minor: Self.minor(fromName: libc.name) ?? Self.minor(of: libc, memory: memory))
        } else {
            self = .unknown
        }
    }

    /// The condition layouts to try, the most likely first.
    var conditionLayouts: [GlibcLayout.Condition] {
        switch self {
        case .glibc(let minor):
            guard let minor else { return GlibcLayout.Condition.all }
            // Distributions backport the repair, so the other layout is tried, too: the probe decides.
            return minor >= 41 ? GlibcLayout.Condition.all : GlibcLayout.Condition.all.reversed()
        case .unknown: return GlibcLayout.Condition.all.reversed()
        case .musl: return []
        }
    }

    /// Whether the table may be believed without a probe for objects whose layout never moved in it.
    var isInTable: Bool {
        if case .glibc(let minor?) = self { return GlibcLayout.knownMinors.contains(minor) }
        return false
    }

    /// Whether the library can be glibc, so that a probe makes sense.
    var mayBeGlibc: Bool { self != .musl }

    /// "libc-2.31.so", the file's name up to 2.33.
    private static func minor(fromName name: String) -> Int? {
        guard name.hasPrefix("libc-2."), name.hasSuffix(".so") else { return nil }
        return Int(name.dropFirst(7).dropLast(3))
    }

    /// The highest GLIBC_2.NN among the library's version definitions (System V gABI extension, .gnu.version_d): each
    /// release since 2.32 but 2.40 defines symbols of its own in libc.so.6 on x86-64; a 2.40 reads as 2.39, whose
    /// objects are the same.
    private static func minor(of module: Module, memory: any MemorySource) -> Int? {
        DynamicSection(module: module, memory: memory)?.versionDefinitions(limit: 128)
            .compactMap { name in name.hasPrefix("GLIBC_2.") ? Int(name.dropFirst(8)) : nil }.max()
    }
}

/// The dynamic section of a module, read from memory (System V gABI, chapter 5).
struct DynamicSection {
    private let memory: any MemorySource
    private var strings: Address?
    private var versions: Address?
    private var versionCount: UInt64 = 0

    /// Nil when the headers are not in memory or no 64-bit ELF.
    init?(module: Module, memory: any MemorySource) {
        self.memory = memory
        guard memory.load(module.start, as: UInt32.self) == 0x464c_457f,
            memory.load(module.start + 4, as: UInt8.self) == 2,
            let table = memory.load(module.start + 32, as: UInt64.self),
            let size = memory.load(module.start + 54, as: UInt16.self), size == 56,
            let count = memory.load(module.start + 56, as: UInt16.self)
        else { return nil }
        let dynamicType: UInt32 = 2
        for index in 0..<min(count, 64) {
            let header = module.start + table + UInt64(index) * 56
            guard memory.load(header, as: UInt32.self) == dynamicType else { continue }
            guard let address = memory.load(header + 16, as: UInt64.self) else { return nil }
            read(Address(module.loadBias &+ address), module: module)
        }
        guard strings != nil else { return nil }
    }

    private mutating func read(_ start: Address, module: Module) {
        for index in 0..<UInt64(256) {
            guard let tag = memory.load(start + index * 16, as: UInt64.self), tag != 0,
                let value = memory.load(start + index * 16 + 8, as: UInt64.self)
            else { return }
            // ld.so has relocated these pointers in place; in a file they are still relative.
            let address = Address(module.contains(Address(value)) ? value : value &+ module.loadBias)
            switch tag {
            case 5: strings = address
            case 0x6fff_fffc: versions = address
            case 0x6fff_fffd: versionCount = value
            default: break
            }
        }
    }

    /// The names of the version definitions, at most `limit`.
    func versionDefinitions(limit: UInt64) -> [String] {
        guard let strings, var entry = versions else { return [] }
        var names: [String] = []
        for _ in 0..<min(versionCount, limit) {
            guard let auxiliary = memory.load(entry + 12, as: UInt32.self),
                let next = memory.load(entry + 16, as: UInt32.self),
                let name = memory.load(entry + UInt64(auxiliary), as: UInt32.self),
                let text = memory.string(strings + UInt64(name), limit: 64)
            else { break }
            names.append(text)
            if next == 0 { break }
            entry = entry + UInt64(next)
        }
        return names
    }
}
