import ProcessModel

/// A stretch of a `CapturedMemory`'s region, filled from its start: copies with the runs of zeros left out.
///
/// Two parts may be filled by two threads at the same time; each by one. The region is borrowed from the memory that the
/// part belongs to.
struct CapturedPart {
    /// Bytes of a chunk that are not zero; what lies between two of them is zero.
    struct Extent {
        /// From the start of the chunk.
        var offset: UInt32
        var count: UInt32
        /// In units of 8 bytes from the start of the region.
        var storage: UInt32
    }

    /// One copied range.
    struct Chunk {
        var start: UInt64
        var end: UInt64
        var firstExtent: Int
        var extentCount: Int
        /// For whose sake it was copied; nil for objects.
        var owner: ThreadID?
    }

    /// Of the whole memory.
    private let region: UnsafeMutableRawBufferPointer
    /// The offsets in `region` that are this part's.
    private let bounds: Range<Int>
    /// The first offset that is still free.
    private(set) var position: Int
    private(set) var extents: [Extent] = []
    var chunks: [Chunk] = []

    /// The shortest run of zero bytes that is left out: an extent and the look-up of it cost about that.
    private static let zeroRun = 128

    init(region: UnsafeMutableRawBufferPointer, bounds: Range<Int>) {
        self.region = region
        self.bounds = bounds
        position = bounds.lowerBound
    }

    var used: Int { position - bounds.lowerBound }
    /// What is still free, but for the page that has been begun.
    var free: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(
            rebasing: region[min((position + 4095) & ~4095, bounds.upperBound)..<bounds.upperBound])
    }

    /// Keeps a copy of `bytes`, which were read at `start`, a multiple of 8. False when there is no room left.
    mutating func append(_ bytes: UnsafeRawBufferPointer, at start: Address, owner: ThreadID?) -> Bool {
        guard bytes.count <= Int(Int32.max), bytes.count <= bounds.upperBound - position - 8 else { return false }
        let (end, overflow) = start.rawValue.addingReportingOverflow(UInt64(bytes.count))
        guard !overflow else { return false }
        let firstExtent = extents.count
        let words = bytes.count / 8
        var word = 0
        let limit = Self.zeroRun / 8
        while word < words {
            if bytes.loadUnaligned(fromByteOffset: word * 8, as: UInt64.self) == 0 {
                word += 1
                continue
            }
            let begin = word
            var end = word + 1
            word = end
            while word < words, word - end < limit {
                if bytes.loadUnaligned(fromByteOffset: word * 8, as: UInt64.self) != 0 { end = word + 1 }
                word += 1
            }
            keep(bytes, begin * 8, end * 8)
        }
        if words * 8 < bytes.count { keep(bytes, words * 8, bytes.count) }
        chunks.append(
            Chunk(
                start: start.rawValue, end: end, firstExtent: firstExtent,
                extentCount: extents.count - firstExtent, owner: owner))
        return true
    }

    private mutating func keep(_ bytes: UnsafeRawBufferPointer, _ begin: Int, _ end: Int) {
        extents.append(
            Extent(
                offset: UInt32(begin), count: UInt32(end - begin), storage: UInt32(truncatingIfNeeded: position / 8)))
        UnsafeMutableRawBufferPointer(rebasing: region[position..<(position + end - begin)])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[begin..<end]))
        position += (end - begin + 7) & ~7
    }

    /// Takes over what `other` lists; its bytes stay where they are.
    mutating func takeList(of other: inout CapturedPart) {
        let shift = extents.count
        extents += other.extents
        chunks += other.chunks.map { chunk in
            var chunk = chunk
            chunk.firstExtent += shift
            return chunk
        }
        other.extents = []
        other.chunks = []
    }
}
