import CCompression

/// xz through liblzma (lzma/container.h, lzma_stream_decoder).
final class CompressedXz: CompressedDecoder {
    /// Memory for the dictionary: `xz -9` needs 65 MiB.
    private static let memoryLimit: UInt64 = 128 << 20
    /// LZMA_CONCATENATED of lzma/container.h, whose cast Swift does not import: several streams may follow each other.
    private static let concatenated: UInt32 = 0x08

    private let stream: UnsafeMutablePointer<lzma_stream>

    init?() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: lzma_stream())
        guard lzma_stream_decoder(stream, Self.memoryLimit, Self.concatenated) == LZMA_OK else {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        lzma_end(stream)
        stream.deallocate()
    }

    func step(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> CompressedStep {
        stream.pointee.next_in = input.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_in = input.count
        stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_out = output.count
        // With concatenated streams only LZMA_FINISH tells that the last one has ended.
        let status = lzma_code(stream, input.isEmpty ? LZMA_FINISH : LZMA_RUN)
        let state: CompressedStep.State =
            switch status {
            case LZMA_OK, LZMA_BUF_ERROR: .more
            case LZMA_STREAM_END: .end
            case LZMA_MEMLIMIT_ERROR: .failed("it needs more than \(Self.memoryLimit >> 20) MiB of memory")
            case LZMA_DATA_ERROR: .failed("the data is corrupt")
            case LZMA_FORMAT_ERROR: .failed("the bytes that follow are not xz")
            default: .failed("liblzma error \(status.rawValue)")
            }
        return CompressedStep(
            consumed: input.count - stream.pointee.avail_in, produced: output.count - stream.pointee.avail_out,
            state: state)
    }
}
