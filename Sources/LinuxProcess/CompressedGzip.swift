import CCompression

/// gzip through zlib (zlib.h, inflate).
final class CompressedGzip: CompressedDecoder {
    private let stream: UnsafeMutablePointer<z_stream>
    private var isEnded = false

    init?() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 is the largest window; 16 more asks for the gzip wrapping.
        guard inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    func step(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> CompressedStep {
        if isEnded {
            // Another member (RFC 1952, section 2.2).
            isEnded = false
            inflateReset(stream)
        }
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(clamping: input.count)
        stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_out = UInt32(clamping: output.count)
        let status = inflate(stream, Z_NO_FLUSH)
        let state: CompressedStep.State
        switch status {
        case Z_OK, Z_BUF_ERROR: state = .more
        case Z_STREAM_END:
            isEnded = true
            state = .end
        default: state = .failed(stream.pointee.msg.map { String(cString: $0) } ?? "zlib error \(status)")
        }
        return CompressedStep(
            consumed: input.count - Int(stream.pointee.avail_in),
            produced: output.count - Int(stream.pointee.avail_out),
            state: state)
    }
}
