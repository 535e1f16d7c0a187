/// Where the files that a core belongs to are, and how much may be unpacked.
public struct CoreOptions: Sendable {
    /// The main program, when it is not at the path that the core names. Used only if its build id is the core's.
    public var executable: String?
    /// A directory that stands for the root of the machine that wrote the core.
    public var sysroot: String?
    /// Directories with `.build-id/xx/…` trees, or with copies of the files by path or by name.
    public var debugDirectories: [String]
    /// Where a compressed core is unpacked; nil takes $TMPDIR, else /var/tmp.
    public var temporaryDirectory: String?
    /// A compressed core that would become larger than this, in bytes, is unpacked up to this size only.
    public var maximumUncompressedBytes: UInt64

    public init(
        executable: String? = nil, sysroot: String? = nil, debugDirectories: [String] = [],
        temporaryDirectory: String? = nil, maximumUncompressedBytes: UInt64 = 256 << 30
    ) {
        self.executable = executable
        self.sysroot = sysroot
        self.debugDirectories = debugDirectories
        self.temporaryDirectory = temporaryDirectory
        self.maximumUncompressedBytes = maximumUncompressedBytes
    }
}
