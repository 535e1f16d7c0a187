/// Collects output as bytes and hands them on in large pieces, so that printing costs one copy and little memory.
///
/// Text from the target (names, paths, symbols) goes through `text`, which takes the terminal's control characters
/// out of it; text of our own may go through `append`.
public struct ByteWriter {
    /// What was written and not yet drained.
    public private(set) var bytes: [UInt8] = []
    private let drain: ((UnsafeRawBufferPointer) -> Void)?
    private let drainSize = 1 << 20

    /// Keeps everything in `bytes`.
    public init() { drain = nil }

    /// Calls `drain` with about 1 MiB at a time, and with the rest at `finish()`.
    public init(drain: @escaping (UnsafeRawBufferPointer) -> Void) {
        self.drain = drain
        bytes.reserveCapacity(drainSize + (64 << 10))
    }

    /// Hands on what is left; does nothing when there is nothing.
    public mutating func finish() {
        guard let drain, !bytes.isEmpty else { return }
        bytes.withUnsafeBytes(drain)
        bytes.removeAll(keepingCapacity: true)
    }

    /// What was collected, as text.
    public var string: String { String(decoding: bytes, as: UTF8.self) }

    public mutating func append(_ byte: UInt8) { bytes.append(byte) }
    public mutating func newline() {
        bytes.append(0x0A)
        if bytes.count >= drainSize { finish() }
    }

    public mutating func append(_ literal: StaticString) {
        literal.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    /// Our own text, as it is.
    public mutating func append(trusted text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    /// Bytes that were made by another writer. Drains when it is full.
    public mutating func append(rendered: [UInt8]) {
        bytes.append(contentsOf: rendered)
        if bytes.count >= drainSize { finish() }
    }

    mutating func append(_ buffer: UnsafeRawBufferPointer) { bytes.append(contentsOf: buffer) }

    /// Text of the target's: control characters (C0, DEL, C1) become `\xNN`, so that a thread's name cannot drive the
    /// reader's terminal.
    public mutating func text(_ text: String) {
        var text = text
        text.withUTF8 { buffer in
            if buffer.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != 0xC2 }) {
                bytes.append(contentsOf: buffer)
                return
            }
            var position = 0
            while position < buffer.count {
                let byte = buffer[position]
                let next = position + 1 < buffer.count ? buffer[position + 1] : 0
                if byte == 0xC2, (0x80...0x9F).contains(next) {
                    escape(next)
                    position += 1
                } else if byte < 0x20 || byte == 0x7F {
                    escape(byte)
                } else {
                    bytes.append(byte)
                }
                position += 1
            }
        }
    }

    public mutating func decimal(_ value: some BinaryInteger) {
        if value < 0 { bytes.append(0x2D) }
        var rest = UInt64(value.magnitude)
        if rest < 10 {
            bytes.append(0x30 + UInt8(rest))
            return
        }
        let start = bytes.count
        while rest > 0 {
            bytes.append(0x30 + UInt8(rest % 10))
            rest /= 10
        }
        bytes[start...].reverse()
    }

    /// `0x` and lower-case digits, no padding.
    public mutating func hexadecimal(_ value: UInt64) {
        append("0x")
        let digits = max((64 - value.leadingZeroBitCount + 3) / 4, 1)
        for digit in stride(from: digits - 1, through: 0, by: -1) {
            bytes.append(Self.digits[Int(value >> UInt64(digit * 4) & 15)])
        }
    }

    public mutating func spaces(_ count: Int) {
        for _ in 0..<max(count, 0) { bytes.append(0x20) }
    }

    private mutating func escape(_ byte: UInt8) {
        append("\\x")
        bytes.append(Self.digits[Int(byte >> 4)])
        bytes.append(Self.digits[Int(byte & 15)])
    }

    private static let digits = Array("0123456789abcdef".utf8)
}
