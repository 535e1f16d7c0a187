import Glibc
import ProcessModel

/// What a live capture copied, and behind it the process as it is now.
///
/// The copies are stacks and synchronization objects. Runs of zero bytes are not kept: a stack that was never used
/// deeply is mostly zeros, and thousands of them must stay small. All copies lie in one region of memory that is given
/// back when the object is released; `residentBytes` borrows from it.
public final class CapturedMemory: MemorySource {
    private typealias Chunk = CapturedPart.Chunk

    /// Chunks may overlap; pieces do not.
    private struct Piece {
        var start: UInt64
        var end: UInt64
        var chunk: Int
    }

    private let live: LiveMemory
    private let reservation: UnsafeMutableRawBufferPointer
    /// The part of `reservation` that is used.
    private let region: UnsafeMutableRawBufferPointer
    /// Lists all that was copied.
    private var main: CapturedPart
    /// For a second thread; empty unless there are many threads to copy.
    private var side: CapturedPart
    /// Sorted by start.
    private var pieces: [Piece] = []
    /// Pages that are never written, so that they cost nothing: what `residentBytes` gives for a run of zeros.
    private let zeros: UnsafeMutableRawBufferPointer

    private static let hugePage = 2 << 20

    /// Reserves `capacity` bytes of address space, or less where that much is not to be had. Only what is used costs
    /// memory. `isForMany` threads: in steps of 2 MiB, which are one page fault where small pages are 512, and with half
    /// of the room for a second thread that copies.
    init(live: LiveMemory, capacity: Int, isForMany: Bool = false) throws(LinuxProcessError) {
        self.live = live
        var size = max(capacity, 1 << 20)
        while true {
            // Huge pages begin at multiples of their size.
            let slack = isForMany ? Self.hugePage : 0
            if let reservation = Self.reserve(size + slack), let base = reservation.baseAddress {
                self.reservation = reservation
                let skipped = slack == 0 ? 0 : (slack - Int(bitPattern: base) & (slack - 1)) & (slack - 1)
                region = UnsafeMutableRawBufferPointer(start: base + skipped, count: size)
                break
            }
            size /= 2
            guard size >= 1 << 20 else {
                throw .systemCall(operation: "reserve memory", subject: "\(capacity) bytes", errno: errno)
            }
        }
        guard let zeros = Self.reserve(256 << 10) else {
            munmap(reservation.baseAddress, reservation.count)
            throw .systemCall(operation: "reserve memory", subject: "256 KiB", errno: errno)
        }
        self.zeros = zeros
        let middle = isForMany ? region.count / 2 & ~(Self.hugePage - 1) : region.count
        main = CapturedPart(region: region, bounds: 0..<middle)
        side = CapturedPart(region: region, bounds: middle..<region.count)
        // A hint (madvise(2)): without it all is the same, a little slower.
        if isForMany { madvise(region.baseAddress, region.count, MADV_HUGEPAGE) }
    }

    deinit {
        munmap(reservation.baseAddress, reservation.count)
        munmap(zeros.baseAddress, zeros.count)
    }

    private static func reserve(_ size: Int) -> UnsafeMutableRawBufferPointer? {
        let address = mmap(
            nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let address, address != MAP_FAILED else { return nil }
        return UnsafeMutableRawBufferPointer(start: address, count: size)
    }

    /// Bytes of memory that the copies take.
    public var storedBytes: Int { main.used + side.used }

    /// Touches the next `count` bytes, so that no page fault falls into a stop.
    func prefault(_ count: Int) {
        let share = max(count, 0) / (side.free.isEmpty ? 1 : 2)
        for free in [main.free, side.free] {
            for offset in stride(from: 0, to: min(share, free.count), by: 4096) { free[offset] = 0 }
        }
    }

    /// Gives back what `prefault` touched in vain.
    func trim() {
        for free in [main.free, side.free] where !free.isEmpty {
            madvise(free.baseAddress, free.count, MADV_DONTNEED)
        }
    }

    /// Keeps a copy of `bytes`, which were read at `start`, a multiple of 8. False when there is no room left.
    /// The copy is found after the next `seal`.
    func append(_ bytes: UnsafeRawBufferPointer, at start: Address, owner: ThreadID?) -> Bool {
        main.append(bytes, at: start, owner: owner)
    }

    /// Lets `body` fill both parts, each from one thread. The memory is not to be used otherwise meanwhile.
    func fillBoth(_ body: (_ main: inout CapturedPart, _ side: inout CapturedPart) -> Void) {
        body(&main, &side)
        main.takeList(of: &side)
    }

    /// Forgets the copies that were made for these threads: they have moved on.
    func forget(_ owners: Set<ThreadID>) {
        if owners.isEmpty { return }
        main.chunks.removeAll { $0.owner.map(owners.contains) ?? false }
    }

    /// Makes all chunks readable. Where two overlap, a copy that was made for a thread (its stack) wins over one that
    /// began below it, since a stack belongs to the thread whose stack pointer is nearest; and a later copy wins over
    /// an earlier one of the same start.
    func seal() {
        let order = main.chunks.indices.sorted { (main.chunks[$0].start, $0) < (main.chunks[$1].start, $1) }
        var pieces: [Piece] = []
        pieces.reserveCapacity(order.count)
        // Those that a later start has interrupted and that go on behind it.
        var open: [Int] = []
        var position: UInt64 = 0
        func advance(to limit: UInt64) {
            while let chunk = open.last {
                if main.chunks[chunk].end <= position {
                    open.removeLast()
                    continue
                }
                let end = min(main.chunks[chunk].end, limit)
                if position < end {
                    pieces.append(Piece(start: position, end: end, chunk: chunk))
                    position = end
                }
                if main.chunks[chunk].end <= limit { open.removeLast() } else { return }
            }
        }
        for chunk in order {
            advance(to: main.chunks[chunk].start)
            position = main.chunks[chunk].start
            // Those that end no later than this one can never show again.
            while let last = open.last, main.chunks[last].end <= main.chunks[chunk].end { open.removeLast() }
            open.append(chunk)
        }
        advance(to: .max)
        self.pieces = pieces
    }

    /// The first piece that ends above `address`.
    private func firstPiece(above address: UInt64) -> Int {
        var low = 0
        var high = pieces.count
        while low < high {
            let middle = (low + high) / 2
            if pieces[middle].end <= address { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The first extent of `chunk` that ends above `offset`.
    private func firstExtent(of chunk: Chunk, above offset: UInt64) -> Int {
        var low = chunk.firstExtent
        var high = chunk.firstExtent + chunk.extentCount
        while low < high {
            let middle = (low + high) / 2
            if UInt64(main.extents[middle].offset) + UInt64(main.extents[middle].count) <= offset {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }

    /// Whether all of these bytes were copied by the capture; if not, `read` takes them from the process as it is now,
    /// at a later moment than the threads' instants.
    public func isCaptured(_ address: Address, count: Int) -> Bool {
        var position = address.rawValue
        let (end, overflow) = position.addingReportingOverflow(UInt64(max(count, 0)))
        if overflow { return false }
        var index = firstPiece(above: position)
        while position < end {
            guard index < pieces.count, pieces[index].start <= position else { return false }
            position = pieces[index].end
            index += 1
        }
        return true
    }

    public func read(_ address: Address, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var done = 0
        var index = firstPiece(above: address.rawValue)
        while done < buffer.count {
            let (position, overflow) = address.rawValue.addingReportingOverflow(UInt64(done))
            if overflow { break }
            while index < pieces.count, pieces[index].end <= position { index += 1 }
            let rest = buffer.count - done
            if index < pieces.count, pieces[index].start <= position {
                let count = Int(min(UInt64(rest), pieces[index].end - position))
                copy(
                    position, of: main.chunks[pieces[index].chunk],
                    into: UnsafeMutableRawBufferPointer(rebasing: buffer[done..<(done + count)]))
                done += count
            } else {
                let gap = index < pieces.count ? pieces[index].start - position : .max
                let count = Int(min(UInt64(rest), gap))
                let got = live.read(
                    Address(position), into: UnsafeMutableRawBufferPointer(rebasing: buffer[done..<(done + count)]))
                done += got
                if got < count { break }
            }
        }
        return done
    }

    private func copy(_ address: UInt64, of chunk: Chunk, into buffer: UnsafeMutableRawBufferPointer) {
        var offset = address - chunk.start
        var index = firstExtent(of: chunk, above: offset)
        let last = chunk.firstExtent + chunk.extentCount
        var done = 0
        while done < buffer.count {
            guard index < last, UInt64(main.extents[index].offset) < offset + UInt64(buffer.count - done) else {
                UnsafeMutableRawBufferPointer(rebasing: buffer[done...]).initializeMemory(as: UInt8.self, repeating: 0)
                return
            }
            let extent = main.extents[index]
            if UInt64(extent.offset) > offset {
                let count = Int(UInt64(extent.offset) - offset)
                UnsafeMutableRawBufferPointer(rebasing: buffer[done..<(done + count)])
                    .initializeMemory(as: UInt8.self, repeating: 0)
                done += count
                offset += UInt64(count)
            }
            let skipped = Int(offset - UInt64(extent.offset))
            let count = min(Int(extent.count) - skipped, buffer.count - done)
            let start = Int(extent.storage) * 8 + skipped
            UnsafeMutableRawBufferPointer(rebasing: buffer[done..<(done + count)])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: region[start..<(start + count)]))
            done += count
            offset += UInt64(count)
            index += 1
        }
    }

    public func residentBytes(around address: Address) -> ResidentBytes? {
        let index = firstPiece(above: address.rawValue)
        guard index < pieces.count, pieces[index].start <= address.rawValue else { return nil }
        let piece = pieces[index]
        let chunk = main.chunks[piece.chunk]
        let offset = address.rawValue - chunk.start
        let next = firstExtent(of: chunk, above: offset)
        var start =
            next > chunk.firstExtent ? UInt64(main.extents[next - 1].offset) + UInt64(main.extents[next - 1].count) : 0
        var end = chunk.end - chunk.start
        var bytes = zeros
        if next < chunk.firstExtent + chunk.extentCount {
            let extent = main.extents[next]
            if UInt64(extent.offset) <= offset {
                start = UInt64(extent.offset)
                end = start + UInt64(extent.count)
                let storage = Int(extent.storage) * 8
                bytes = UnsafeMutableRawBufferPointer(rebasing: region[storage..<(storage + Int(extent.count))])
            } else {
                end = UInt64(extent.offset)
            }
        }
        // Only as far as this chunk is the one that counts.
        let first = max(start, piece.start - chunk.start)
        var last = min(end, piece.end - chunk.start)
        if bytes.baseAddress == zeros.baseAddress {
            let from = max(first, offset & ~UInt64(zeros.count / 2 - 1))
            last = min(last, from + UInt64(zeros.count))
            return ResidentBytes(
                start: Address(chunk.start + from),
                bytes: UnsafeRawBufferPointer(rebasing: zeros[..<Int(last - from)]))
        }
        return ResidentBytes(
            start: Address(chunk.start + first),
            bytes: UnsafeRawBufferPointer(rebasing: bytes[Int(first - start)..<Int(last - start)]))
    }
}
