/// An ELF object that is loaded in the process under diagnosis.
public struct Module: Hashable, Codable, Sendable {
    /// Where its bytes can be read.
    public enum Content: Hashable, Codable, Sendable {
        /// A file that can be opened by this path from our side, and whose build id, where it has one, equals the one in
        /// memory. The path may lead through `/proc/PID/root` or `/proc/PID/map_files`.
        case file(path: String)
        /// No usable file; the image in memory is read through the memory source (vDSO, JIT, deleted files).
        case memory(size: UInt64)
        /// Neither; the reason stands in the snapshot's gaps, too.
        case unavailable(reason: String)
    }

    /// The path as the target knows it, or "[vdso]".
    public var path: String
    /// From the first byte of the first mapping to the end of the last.
    public var start: Address
    public var end: Address
    /// What was added to the ELF file's p_vaddr at load time; 0 for a program that is not position-independent.
    public var loadBias: UInt64
    /// As read from memory; from the file when memory no longer holds the note; nil when there is none.
    public var buildID: BuildID?
    public var content: Content
    /// The main program, not a shared object.
    public var isExecutable: Bool

    public init(
        path: String, start: Address, end: Address, loadBias: UInt64, buildID: BuildID? = nil, content: Content,
        isExecutable: Bool = false
    ) {
        self.path = path
        self.start = start
        self.end = end
        self.loadBias = loadBias
        self.buildID = buildID
        self.content = content
        self.isExecutable = isExecutable
    }

    /// The last part of the path.
    public var name: String { path.split(separator: "/").last.map(String.init) ?? path }
    public func contains(_ address: Address) -> Bool { start <= address && address < end }
}

extension [Module] {
    /// The index of the module that holds `address`. The array must be sorted by start and free of overlaps.
    public func index(holding address: Address) -> Int? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle].end <= address { low = middle + 1 } else { high = middle }
        }
        return low < count && self[low].contains(address) ? low : nil
    }
}
