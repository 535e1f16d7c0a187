import CCompression
import Glibc

extension ObjectFile {
    /// The ELF file with the symbols that .dynsym lacks, which distributions keep in .gnu_debugdata, compressed with xz
    /// (GDB manual, "MiniDebugInfo"). Nil when there is no such section.
    ///
    /// Throws `.malformed` when the stream or the file in it is damaged, `.tooLarge` beyond 256 MiB.
    func miniDebugInfo() throws(DebugInfoError) -> ObjectFile? {
        guard let input = contents(of: ".gnu_debugdata") else { return nil }
        let subject = ".gnu_debugdata of \(path)"
        let limit = 256 << 20
        var capacity = max(input.count, 4096) * 4
        while true {
            capacity = min(capacity, limit)
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
            var inputPosition = 0
            var outputPosition = 0
            // The decoder's own memory, for a dictionary of up to 64 MiB (xz -9).
            var memory: UInt64 = 80 << 20
            let result = lzma_stream_buffer_decode(
                &memory, 0, nil, input.baseAddress?.assumingMemoryBound(to: UInt8.self), &inputPosition, input.count,
                buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), &outputPosition, capacity)
            switch result {
            case LZMA_OK:
                return try ObjectFile(
                    buffer: UnsafeMutableRawBufferPointer(rebasing: buffer[..<outputPosition]), name: subject)
            case LZMA_BUF_ERROR where outputPosition == capacity && capacity < limit:
                buffer.deallocate()
                capacity *= 4
            case LZMA_BUF_ERROR where outputPosition == capacity:
                buffer.deallocate()
                throw .tooLarge(subject: subject, size: UInt64(capacity))
            default:
                buffer.deallocate()
                throw .malformed(subject: subject, reason: "its xz stream is damaged")
            }
        }
    }
}
