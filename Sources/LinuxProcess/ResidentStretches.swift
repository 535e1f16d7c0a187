import ProcessModel

/// Stretches of a core's memory that were copied into ours, one a stack as a rule, and stay there.
///
/// Each begins on a page and covers whole pages that no other one covers. Their sum is bounded; behind the bound nothing
/// more is copied and callers read piece by piece.
struct ResidentStretches: ~Copyable {
    /// Bytes in all. A stack that blocks in libc uses about 10 KiB.
    static let limit = 192 << 20
    /// What is copied first: from the page of the stack pointer up, so that most stacks are whole and little else is.
    static let first: UInt64 = 12 << 10
    /// What is copied when a walk comes to the end of a stretch.
    static let following: UInt64 = 64 << 10

    private struct Stretch {
        var start: Address
        var bytes: UnsafeMutableRawBufferPointer
    }

    private var stretches: [Stretch] = []
    /// The stretch that covers a page, by the page's number.
    private var byPage: [UInt64: Int] = [:]
    private var total = 0
    private var last = 0

    init() {}

    deinit {
        for stretch in stretches { stretch.bytes.deallocate() }
    }

    /// The stretch that holds `address`.
    mutating func find(_ address: Address) -> ResidentBytes? {
        if stretches.indices.contains(last), let bytes = Self.bytes(stretches[last], at: address) { return bytes }
        guard let index = byPage[address.rawValue >> 12], let bytes = Self.bytes(stretches[index], at: address) else {
            return nil
        }
        last = index
        return bytes
    }

    private static func bytes(_ stretch: Stretch, at address: Address) -> ResidentBytes? {
        guard address >= stretch.start, address.distance(above: stretch.start) < UInt64(stretch.bytes.count) else {
            return nil
        }
        return ResidentBytes(start: stretch.start, bytes: UnsafeRawBufferPointer(stretch.bytes))
    }

    /// Copies a new stretch that holds `address` and lies within `region`. Nil at the limit, or when `read` gives nothing.
    mutating func add(
        _ address: Address, in region: Range<Address>, read: (Address, UnsafeMutableRawBufferPointer) -> Int
    ) -> ResidentBytes? {
        let start = max(Address(address.rawValue.pageStart), region.lowerBound)
        let isFollowing = byPage[(address.rawValue >> 12) &- 1] != nil
        let wish = (address.rawValue &- start.rawValue) &+ (isFollowing ? Self.following : Self.first)
        var end = region.upperBound
        if end.distance(above: start) > wish { end = min(end, Address((start + wish).rawValue.pageEnd)) }
        var page = (start.rawValue >> 12) &+ 1
        while page << 12 < end.rawValue {
            if byPage[page] != nil { end = Address(page << 12) }
            page &+= 1
        }
        let count = Int(end.distance(above: start))
        guard count > 0, total + count <= Self.limit else { return nil }
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
        let there = read(start, bytes)
        guard there > 0 else {
            bytes.deallocate()
            return nil
        }
        let stretch = Stretch(start: start, bytes: UnsafeMutableRawBufferPointer(rebasing: bytes[..<there]))
        total += count
        last = stretches.count
        for page in (start.rawValue >> 12)...((end - 1).rawValue >> 12) where byPage[page] == nil {
            byPage[page] = stretches.count
        }
        stretches.append(stretch)
        return Self.bytes(stretch, at: address)
    }
}
