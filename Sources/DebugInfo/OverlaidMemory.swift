import ProcessModel

/// A memory source with one stretch of newer bytes laid over it.
final class OverlaidMemory: MemorySource {
    private let base: any MemorySource
    private var start: UInt64 = 0
    private var overlay: [UInt8] = []

    init(_ base: any MemorySource) { self.base = base }

    func lay(_ bytes: [UInt8], at start: Address) {
        overlay = bytes
        self.start = start.rawValue
    }

    func read(_ address: Address, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = base.read(address, into: buffer)
        guard !overlay.isEmpty else { return count }
        // The overlapping part of [address, address + buffer.count) and the overlay, by distances that cannot overflow.
        let ahead = start &- address.rawValue
        if ahead < UInt64(buffer.count), Int(ahead) <= count {
            let length = min(overlay.count, buffer.count - Int(ahead))
            overlay.withUnsafeBytes { copy($0, from: 0, count: length, to: buffer, at: Int(ahead)) }
            return max(count, Int(ahead) + length)
        }
        let behind = address.rawValue &- start
        if behind < UInt64(overlay.count) {
            let length = min(overlay.count - Int(behind), buffer.count)
            overlay.withUnsafeBytes { copy($0, from: Int(behind), count: length, to: buffer, at: 0) }
            return max(count, length)
        }
        return count
    }

    private func copy(
        _ source: UnsafeRawBufferPointer, from: Int, count: Int, to buffer: UnsafeMutableRawBufferPointer, at: Int
    ) {
        UnsafeMutableRawBufferPointer(rebasing: buffer[at..<at + count])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[from..<from + count]))
    }
}
