import Glibc
import ProcessModel

/// Whole files below /proc, which have no size until they are read.
enum ProcFile {
    /// The bytes of `path`, at most `limit` of them.
    static func read(_ path: String, limit: Int = 64 << 20) throws(LinuxProcessError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .systemCall(operation: "open a file", subject: path, errno: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var capacity = 16 << 10
        while bytes.count < limit {
            var code: Int32 = 0
            let part = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                let got = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                if got < 0 { code = errno }
                count = max(got, 0)
            }
            if code == EINTR { continue }
            guard code == 0 else { throw .systemCall(operation: "read a file", subject: path, errno: code) }
            if part.isEmpty { break }
            if bytes.isEmpty { bytes = part } else { bytes += part }
            capacity = min(capacity * 2, 1 << 20)
        }
        return bytes
    }

    /// The target of a symbolic link, byte for byte as far as it is UTF-8.
    static func link(_ path: String) throws(LinuxProcessError) -> String {
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, count in
            let got = buffer.withMemoryRebound(to: CChar.self) { characters in
                characters.baseAddress.map { readlink(path, $0, characters.count) } ?? 0
            }
            if got < 0 { code = errno }
            count = max(got, 0)
        }
        guard code == 0 else { throw .systemCall(operation: "read a link", subject: path, errno: code) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The words of a file of NUL-terminated strings (`cmdline`).
    static func strings(_ bytes: [UInt8]) -> [String] {
        var parts = bytes.split(separator: 0, omittingEmptySubsequences: false)
        if parts.last?.isEmpty == true { parts.removeLast() }
        return parts.map { String(decoding: $0, as: UTF8.self) }
    }
}

/// CLOCK_MONOTONIC, nanoseconds.
func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
}
