import ProcessModel

/// The memory that one walk reads: the thread's copied stack directly, everything else through the source, a line of 64
/// bytes at a time.
final class WalkerMemory {
    private static let lineCount = 64
    private static let lineBytes: UInt64 = 64

    /// Resident bytes.
    private struct Window {
        var start: UInt64 = 0
        /// 0 without resident bytes, else their count less 7: the number of addresses at which a word begins.
        var wordStarts: UInt64 = 0
        var base: UnsafeRawPointer
    }

    let source: any MemorySource
    /// Behind a pointer, so that the inner loop's loads need no checks of exclusive access.
    private let window: UnsafeMutablePointer<Window>
    private let nothing: UnsafeMutableRawPointer
    /// Line address | 1 for a line that was read whole or in part; the low bit tells a used entry from an empty one.
    private var lineTags: [UInt64]
    private var lineCounts: [UInt8]
    private let lines: UnsafeMutableRawPointer
    private var usedLines = false

    init(source: any MemorySource) {
        self.source = source
        nothing = .allocate(byteCount: 8, alignment: 8)
        window = .allocate(capacity: 1)
        window.initialize(to: Window(base: UnsafeRawPointer(nothing)))
        lineTags = Array(repeating: 0, count: Self.lineCount)
        lineCounts = Array(repeating: 0, count: Self.lineCount)
        lines = .allocate(byteCount: Self.lineCount * Int(Self.lineBytes), alignment: 64)
    }

    deinit {
        window.deallocate()
        nothing.deallocate()
        lines.deallocate()
    }

    /// Forgets what was read and takes the resident bytes around `stackPointer` as the fast path: a live process may
    /// have changed since the last walk.
    func begin(at stackPointer: UInt64) {
        if usedLines {
            for index in lineTags.indices { lineTags[index] = 0 }
            usedLines = false
        }
        window.pointee.wordStarts = 0
        followStack(to: stackPointer)
    }

    /// Takes the resident bytes around `address` as the fast path, where there are any: the walk has come to another
    /// stack, or to another part of a copied one.
    @discardableResult
    func followStack(to address: UInt64) -> Bool {
        guard let resident = source.residentBytes(around: Address(address)), let pointer = resident.bytes.baseAddress,
            resident.bytes.count >= 8
        else { return false }
        window.pointee = Window(
            start: resident.start.rawValue, wordStarts: UInt64(resident.bytes.count) - 7, base: pointer)
        return true
    }

    /// The word at `address`, nil when it is not readable.
    @inline(__always) func word(_ address: UInt64) -> UInt64? { residentWord(address) ?? slowWord(address) }

    /// The same, only from the resident bytes at hand.
    @inline(__always) func residentWord(_ address: UInt64) -> UInt64? {
        let offset = address &- window.pointee.start
        guard offset < window.pointee.wordStarts else { return nil }
        return UInt64(littleEndian: window.pointee.base.loadUnaligned(fromByteOffset: Int(offset), as: UInt64.self))
    }

    @inline(never) private func slowWord(_ address: UInt64) -> UInt64? {
        if followStack(to: address), let word = residentWord(address) { return word }
        var value: UInt64 = 0
        let count = withUnsafeMutableBytes(of: &value) { read(address, into: $0) }
        return count == 8 ? UInt64(littleEndian: value) : nil
    }

    /// Copies `buffer.count` bytes; the count of those that were readable.
    func read(_ address: UInt64, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var done = 0
        while done < buffer.count {
            let current = address &+ UInt64(done)
            let line = current & ~(Self.lineBytes - 1)
            let slot = Int((line / Self.lineBytes) % UInt64(Self.lineCount))
            if lineTags[slot] != line | 1 { fill(slot, line) }
            let offset = Int(current - line)
            let available = min(Int(lineCounts[slot]) - offset, buffer.count - done)
            guard available > 0 else {
                // The first bytes of the line may be missing where these are there: a copied range can begin anywhere.
                let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
                return done + min(max(source.read(Address(current), into: rest), 0), rest.count)
            }
            let from = lines + slot * Int(Self.lineBytes) + offset
            UnsafeMutableRawBufferPointer(rebasing: buffer[done..<done + available])
                .copyMemory(from: UnsafeRawBufferPointer(start: from, count: available))
            done += available
        }
        return done
    }

    private func fill(_ slot: Int, _ line: UInt64) {
        usedLines = true
        let buffer = UnsafeMutableRawBufferPointer(
            start: lines + slot * Int(Self.lineBytes), count: Int(Self.lineBytes))
        let count = source.read(Address(line), into: buffer)
        lineTags[slot] = line | 1
        lineCounts[slot] = UInt8(min(max(count, 0), Int(Self.lineBytes)))
    }
}
