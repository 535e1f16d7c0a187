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
        LoadedImage(module: module, memory: memory)?.versionDefinitions(limit: 128)
            .compactMap { name in name.hasPrefix("GLIBC_2.") ? Int(name.dropFirst(8)) : nil }.max()
    }
}
