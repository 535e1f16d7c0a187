import CCompression

/// zstd through libzstd (zstd.h, streaming decompression). Windows above 128 MiB, which need `zstd --long`, are refused by
/// the library's default.
final class CompressedZstd: CompressedDecoder {
    private let stream: OpaquePointer

    init?() {
        guard let stream = ZSTD_createDStream() else { return nil }
        self.stream = stream
    }

    deinit { ZSTD_freeDStream(stream) }

    func step(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> CompressedStep {
        var from = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var to = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let status = ZSTD_decompressStream(stream, &to, &from)
        let state: CompressedStep.State
        if ZSTD_isError(status) != 0 {
            state = .failed(String(cString: ZSTD_getErrorName(status)))
        } else {
            state = status == 0 ? .end : .more
        }
        return CompressedStep(consumed: from.pos, produced: to.pos, state: state)
    }
}
