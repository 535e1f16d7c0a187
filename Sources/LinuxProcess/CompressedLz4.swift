import CCompression

/// lz4 frames through liblz4 (lz4frame.h, LZ4F_decompress). Blocks are 4 MiB at most.
final class CompressedLz4: CompressedDecoder {
    private let context: OpaquePointer

    init?() {
        var context: OpaquePointer?
        guard LZ4F_isError(LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))) == 0, let context else {
            return nil
        }
        self.context = context
    }

    deinit { LZ4F_freeDecompressionContext(context) }

    func step(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> CompressedStep {
        var consumed = input.count
        var produced = output.count
        let status = LZ4F_decompress(context, output.baseAddress, &produced, input.baseAddress, &consumed, nil)
        guard LZ4F_isError(status) == 0 else {
            let reason = String(cString: LZ4F_getErrorName(status))
            // After an error the context must not be used on.
            return CompressedStep(consumed: 0, produced: 0, state: .failed(reason))
        }
        return CompressedStep(consumed: consumed, produced: produced, state: status == 0 ? .end : .more)
    }
}
