import ProcessModel

/// The memory that a core holds, and behind it the unmodified pages of the files that were mapped.
///
/// The core is read with pread(2), never mapped: a mapping would end us with SIGBUS when another process cuts the file,
/// and the kernel would fault in sixteen pages around each one touched, which makes a large core resident. A small cache
/// holds the pages of single loads; the stretches that `residentBytes` gives are kept, up to a limit. Not for use from
/// two threads at once.
final class CoreMemory: MemorySource {
    /// A range of addresses whose bytes stand in a file.
    struct Region {
        var start: Address
        var end: Address
        var offset: UInt64
        /// Index into `files`.
        var file: Int
    }

    private let core: ReadOnlyFile
    /// Sorted by start, free of overlaps: what was dumped.
    private let dumped: [Region]
    /// Sorted by start: pages that were left out of the core because they are as in their file.
    private var backing: [Region] = []
    private var paths: [String] = []
    private var opened: [Int: ReadOnlyFile] = [:]
    private var cache = PageCache()
    private var stretches = ResidentStretches()

    /// Files that are held open at a time.
    private static let openLimit = 128

    init(core: ReadOnlyFile, segments: [CoreSegment]) {
        self.core = core
        dumped = segments.compactMap { segment in
            guard segment.available > 0 else { return nil }
            return Region(
                start: segment.start, end: segment.start + segment.available, offset: segment.offset, file: -1)
        }
    }

    /// Adds the read-only pages of files. `regions` index into `paths` and need not be sorted.
    func setBacking(_ regions: [Region], paths: [String]) {
        backing = regions.sorted { $0.start < $1.start }
        self.paths = paths
    }

    func read(_ address: Address, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var done = 0
        while done < buffer.count {
            // An address that wraps around is not memory.
            guard let place = address.rawValue.sum(UInt64(done)) else { break }
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = readPart(Address(place), into: rest)
            guard count > 0 else { break }
            done += count
        }
        return done
    }

    /// Reads from one region only.
    private func readPart(_ address: Address, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let region: Region
        if let found = Self.region(holding: address, in: dumped) {
            region = found
        } else if let found = Self.region(holding: address, in: backing) {
            region = found
        } else {
            return 0
        }
        var limit = region.end.distance(above: address)
        if region.file >= 0, let next = Self.next(after: address, in: dumped) {
            // What was dumped goes before what the file says.
            limit = min(limit, next.start.distance(above: address))
        }
        guard let file = file(region.file), let offset = region.offset.sum(address.distance(above: region.start)) else {
            return 0
        }
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(min(limit, UInt64(buffer.count)))])
        return cache.read(file, number: region.file, at: offset, into: part)
    }

    private func file(_ number: Int) -> ReadOnlyFile? {
        if number < 0 { return core }
        if let file = opened[number] { return file }
        guard paths.indices.contains(number) else { return nil }
        // The file was there and was the right one a moment ago; when it has gone, its bytes are simply not readable.
        do throws(LinuxProcessError) {
            if opened.count >= Self.openLimit { opened.removeAll() }
            let file = try ReadOnlyFile(path: paths[number])
            opened[number] = file
            return file
        } catch {
            return nil
        }
    }

    private static func index(after address: Address, in regions: [Region]) -> Int {
        var low = 0
        var high = regions.count
        while low < high {
            let middle = (low + high) / 2
            if regions[middle].start <= address { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func region(holding address: Address, in regions: [Region]) -> Region? {
        let index = index(after: address, in: regions)
        guard index > 0, address < regions[index - 1].end else { return nil }
        return regions[index - 1]
    }

    private static func next(after address: Address, in regions: [Region]) -> Region? {
        let index = index(after: address, in: regions)
        return index < regions.count ? regions[index] : nil
    }

    /// The end of the dumped bytes around `address`; nil when it was not dumped.
    func dumpedEnd(around address: Address) -> Address? {
        Self.region(holding: address, in: dumped)?.end
    }

    func residentBytes(around address: Address) -> ResidentBytes? {
        if let known = stretches.find(address) { return known }
        guard let region = Self.region(holding: address, in: dumped) else { return nil }
        return stretches.add(address, in: region.start..<region.end) { start, buffer in
            guard let offset = region.offset.sum(start.distance(above: region.start)) else { return 0 }
            return core.read(at: offset, into: buffer)
        }
    }
}

/// The last pages that were read of any file, each in the one place that its number gives it.
private struct PageCache {
    private static let pageSize = 4096
    private static let slots = 256

    private var tags = [UInt64](repeating: UInt64.max, count: slots)
    private var counts = [Int](repeating: 0, count: slots)
    private var bytes = [UInt8](repeating: 0, count: slots * pageSize)

    /// Reads through the cache; parts larger than a page go around it.
    mutating func read(
        _ file: ReadOnlyFile, number: Int, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
    ) -> Int {
        let within = Int(offset & UInt64(Self.pageSize - 1))
        guard buffer.count <= Self.pageSize - within else {
            guard buffer.count <= Self.pageSize else { return file.read(at: offset, into: buffer) }
            // Two pages: the caller comes again for the second.
            let first = UnsafeMutableRawBufferPointer(rebasing: buffer[..<(Self.pageSize - within)])
            return read(file, number: number, at: offset, into: first)
        }
        let page = offset / UInt64(Self.pageSize)
        // Page numbers have 52 bits at most; the file's number stands above them.
        let tag = page ^ (UInt64(truncatingIfNeeded: number &+ 1) << 52)
        let slot = Int((page &+ UInt64(truncatingIfNeeded: number &+ 1) &* 31) % UInt64(Self.slots))
        if tags[slot] != tag {
            counts[slot] = bytes.withUnsafeMutableBytes { all in
                let place = UnsafeMutableRawBufferPointer(
                    rebasing: all[slot * Self.pageSize..<(slot + 1) * Self.pageSize])
                return file.read(at: page * UInt64(Self.pageSize), into: place)
            }
            tags[slot] = tag
        }
        let count = min(max(counts[slot] - within, 0), buffer.count)
        guard count > 0 else { return 0 }
        bytes.withUnsafeBytes { all in
            let start = slot * Self.pageSize + within
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: all[start..<start + count]))
        }
        return count
    }
}
