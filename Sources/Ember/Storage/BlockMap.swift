/// Which parts of a table's file are in use, and by how many: by a leaf, the last checkpoint, the one being made.
struct BlockMap {
    /// Blocks begin at multiples of it.
    static let unit: UInt64 = 512

    private var uses: [UInt64: (length: UInt32, users: Int)] = [:]
    /// What lies free before `end`, ascending, without neighbours.
    private var free: [(offset: UInt64, length: UInt64)] = []
    /// Nothing is in use from here on.
    private(set) var end: UInt64 = 0

    init() {}

    /// With `blocks` in use, each by one. nil if two of them overlap or one is not where a block can be.
    init?(_ blocks: [BlockAddress]) {
        for block in blocks.sorted(by: { $0.offset < $1.offset }) {
            guard block.offset.isMultiple(of: Self.unit), block.offset >= end, block.offset < UInt64(Int64.max) / 2,
                block.length > 0
            else { return nil }
            if block.offset > end { free.append((end, block.offset - end)) }
            uses[block.offset] = (block.length, 1)
            end = block.offset + Self.rounded(block.length)
        }
    }

    var isEmpty: Bool { uses.isEmpty }

    /// Bytes in use, in whole units.
    var bytesInUse: UInt64 { uses.values.reduce(0) { $0 + Self.rounded($1.length) } }

    /// The offset of a free place for `length` bytes, in use by one from now on.
    mutating func allocate(_ length: UInt32) -> UInt64 {
        let size = Self.rounded(length)
        var offset = end
        if let index = free.firstIndex(where: { $0.length >= size }) {
            offset = free[index].offset
            if free[index].length == size {
                free.remove(at: index)
            } else {
                free[index] = (offset + size, free[index].length - size)
            }
        } else {
            end += size
        }
        uses[offset] = (length, 1)
        return offset
    }

    /// One more uses a block that is in use.
    mutating func retain(_ offset: UInt64) { uses[offset]?.users += 1 }

    /// One less uses it; its place is free after the last.
    mutating func release(_ offset: UInt64) {
        guard let use = uses[offset] else { return }
        if use.users > 1 {
            uses[offset]?.users -= 1
            return
        }
        uses[offset] = nil
        insertFree(offset, Self.rounded(use.length))
    }

    private mutating func insertFree(_ offset: UInt64, _ length: UInt64) {
        var low = 0
        var high = free.count
        while low < high {
            let middle = (low + high) / 2
            if free[middle].offset < offset { low = middle + 1 } else { high = middle }
        }
        var (start, stop) = (offset, offset + length)
        if low < free.count, free[low].offset == stop { stop += free.remove(at: low).length }
        if low > 0, free[low - 1].offset + free[low - 1].length == start {
            low -= 1
            start = free.remove(at: low).offset
        }
        if stop == end { end = start } else { free.insert((start, stop - start), at: low) }
    }

    private static func rounded(_ length: UInt32) -> UInt64 { (UInt64(length) + unit - 1) / unit * unit }
}
