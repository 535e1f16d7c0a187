import DebugInfo

/// Where an exception that leaves a call goes on in the same function: the call-site table of a language specific data
/// area (Itanium C++ ABI, exception handling tables; gcc's libgcc and LLVM agree on it).
struct LandingPads {
    struct Site: Equatable {
        /// Calls between these addresses go on at `pad`.
        var start: UInt64
        var end: UInt64
        var pad: UInt64
    }

    private(set) var sites: [Site] = []
    /// It ended before its own length said so.
    private(set) var isDamaged = false

    /// No function has more call sites.
    private static let limit = 65_536

    /// `bytes` from the area's first byte on, which lies at `address`; `function` is where the function starts.
    init(_ bytes: UnsafeRawBufferPointer, address: UInt64, function: UInt64) {
        var reader = ByteReader(bytes)
        var base = function
        let startEncoding = reader.u8()
        if startEncoding != 0xff {
            guard let start = UnwindRanges.pointer(startEncoding, &reader, base: address) else {
                isDamaged = true
                return
            }
            base = start
        }
        if reader.u8() != 0xff { _ = reader.uleb() }
        let encoding = reader.u8()
        let length = reader.uleb()
        guard !reader.failed, length <= UInt64(reader.remaining) else {
            isDamaged = true
            return
        }
        let end = reader.position + Int(length)
        while reader.position < end, sites.count < Self.limit {
            guard let start = Self.number(encoding, &reader), let size = Self.number(encoding, &reader),
                let pad = Self.number(encoding, &reader)
            else {
                isDamaged = true
                return
            }
            _ = reader.uleb()
            if reader.failed {
                isDamaged = true
                return
            }
            if pad != 0 { sites.append(Site(start: base &+ start, end: base &+ start &+ size, pad: base &+ pad)) }
        }
    }

    private static func number(_ encoding: UInt8, _ reader: inout ByteReader) -> UInt64? {
        // DW_EH_PE_uleb128 is what compilers write.
        let value = encoding & 0x0f == 0x01 ? reader.uleb() : UnwindRanges.pointer(encoding & 0x0f, &reader, base: 0)
        return reader.failed ? nil : value
    }
}
