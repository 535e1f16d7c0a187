import CCompression
import Glibc

/// The contents of a compressed section, in memory of their own. Freed with the object.
///
/// Forms: SHF_COMPRESSED with zlib or zstd (gABI, "Section Compression"), and the older GNU ".zdebug" with "ZLIB" and
/// a big-endian size in front.
final class InflatedBytes {
    /// deflate cannot expand more than 1,032 times (zlib's technical details); a size beyond that is a lie. zstd can,
    /// so that it gets this limit of size alone.
    static let sizeLimit: UInt64 = 8 << 30
    private static let deflateRatio: UInt64 = 1032

    let bytes: UnsafeRawBufferPointer
    private let mapping: UnsafeMutableRawPointer

    /// Throws `.malformed` when the header or the stream is damaged, `.tooLarge` when the size cannot be right.
    convenience init(section: ObjectFile.Section, raw: UnsafeRawBufferPointer, path: String) throws(DebugInfoError) {
        let subject = "\(section.name) of \(path)"
        var reader = ByteReader(raw)
        if section.isCompressed {
            let type = reader.u32()
            _ = reader.u32()
            let size = reader.u64()
            _ = reader.u64()
            guard !reader.failed else { throw .malformed(subject: subject, reason: "its header is cut short") }
            let stream = UnsafeRawBufferPointer(rebasing: raw[24...])
            switch type {
            case 1: try self.init(zlib: stream, size: size, subject: subject)
            case 2: try self.init(zstd: stream, size: size, subject: subject)
            default: throw .malformed(subject: subject, reason: "compression type \(type) is not known")
            }
        } else {
            guard reader.u32() == 0x4249_4c5a else { throw .malformed(subject: subject, reason: "no ZLIB header") }
            let size = reader.u64().byteSwapped
            guard !reader.failed else { throw .malformed(subject: subject, reason: "its header is cut short") }
            try self.init(zlib: UnsafeRawBufferPointer(rebasing: raw[12...]), size: size, subject: subject)
        }
    }

    init(zlib stream: UnsafeRawBufferPointer, size: UInt64, subject: String) throws(DebugInfoError) {
        guard size <= Self.sizeLimit, size <= (UInt64(stream.count) + 16) * Self.deflateRatio else {
            throw .tooLarge(subject: subject, size: size)
        }
        mapping = try Self.map(size, subject: subject)
        bytes = UnsafeRawBufferPointer(start: mapping, count: Int(size))
        guard let decompressor = libdeflate_alloc_decompressor() else {
            throw .file(operation: "allocate memory for", path: subject, errno: ENOMEM)
        }
        defer { libdeflate_free_decompressor(decompressor) }
        let result = libdeflate_zlib_decompress(
            decompressor, stream.baseAddress, stream.count, mapping, Int(size), nil)
        guard result == LIBDEFLATE_SUCCESS else {
            throw .malformed(subject: subject, reason: "its zlib stream is damaged")
        }
    }

    init(zstd stream: UnsafeRawBufferPointer, size: UInt64, subject: String) throws(DebugInfoError) {
        guard size <= Self.sizeLimit else { throw .tooLarge(subject: subject, size: size) }
        mapping = try Self.map(size, subject: subject)
        bytes = UnsafeRawBufferPointer(start: mapping, count: Int(size))
        let result = ZSTD_decompress(mapping, Int(size), stream.baseAddress, stream.count)
        guard ZSTD_isError(result) == 0, result == Int(size) else {
            throw .malformed(subject: subject, reason: "its zstd stream is damaged")
        }
    }

    // Runs also when an initializer throws behind the first use of `mapping`: all properties are set by then.
    deinit { munmap(mapping, max(bytes.count, 1)) }

    /// Pages come with the first touch, so that a stream that ends early costs only what it filled.
    private static func map(_ size: UInt64, subject: String) throws(DebugInfoError) -> UnsafeMutableRawPointer {
        let mapping = mmap(
            nil, max(Int(size), 1), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let mapping, mapping != MAP_FAILED else {
            throw .file(operation: "map memory for", path: subject, errno: errno)
        }
        if size >= 4 << 20 { madvise(mapping, Int(size), MADV_HUGEPAGE) }
        return mapping
    }
}
