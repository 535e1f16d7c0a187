import Glibc

/// A file without a name that takes unpacked bytes. It vanishes when it is closed, whatever ends us.
///
/// Blocks of zeros, of which cores have many, are left out, so that the file takes only the room of the others.
final class CompressedOutput {
    private static let blockSize = 4096
    /// What must stay free on the disk.
    private static let reserve: UInt64 = 64 << 20
    private static let spaceCheckInterval: UInt64 = 16 << 20

    let directory: String
    private var descriptor: Int32
    private(set) var size: UInt64 = 0
    private var sinceSpaceCheck: UInt64 = 0

    enum Problem: Error {
        case system(operation: String, errno: Int32)
        case noSpace(free: UInt64)
    }

    /// - Parameter directory: nil takes $TMPDIR, else /var/tmp: /tmp is often in memory.
    init(directory: String?) throws(LinuxProcessError) {
        self.directory = directory ?? getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp"
        // O_TMPFILE of <bits/fcntl-linux.h>, which is hidden from Swift. Not all file systems have it.
        let temporary: Int32 = 0o20_200_000
        descriptor = open(self.directory, O_RDWR | O_CLOEXEC | temporary, 0o600)
        guard descriptor < 0 else { return }
        var template = Array((self.directory + "/deadwait-XXXXXX").utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else {
            throw .systemCall(operation: "make a temporary file", subject: self.directory, errno: errno)
        }
        unlink(template)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(Problem) {
        if sinceSpaceCheck == 0 || sinceSpaceCheck >= Self.spaceCheckInterval {
            try checkSpace()
            sinceSpaceCheck = 1
        }
        var rest = bytes
        while !rest.isEmpty {
            // Up to the next border of a block, so that blocks of the file are whole.
            let within = Int(size % UInt64(Self.blockSize))
            let part = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.blockSize - within))
            if !Self.isZero(part) { try write(part) }
            size += UInt64(part.count)
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(part.count))
        }
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws(Problem) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = pwrite(descriptor, rest.baseAddress, rest.count, off_t(size) + off_t(done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .system(operation: "write", errno: errno) }
            done += count
        }
        sinceSpaceCheck += UInt64(bytes.count)
    }

    private static func isZero(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var offset = 0
        while bytes.count - offset >= 8 {
            if bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self) != 0 { return false }
            offset += 8
        }
        return bytes[offset...].allSatisfy { $0 == 0 }
    }

    private func checkSpace() throws(Problem) {
        var status = statvfs()
        guard fstatvfs(descriptor, &status) == 0 else { throw .system(operation: "find the free space", errno: errno) }
        let free = UInt64(status.f_bavail).product(UInt64(status.f_frsize)) ?? UInt64.max
        guard free >= Self.reserve else { throw .noSpace(free: free) }
    }

    /// Gives the file, as long as what was appended, and keeps nothing of it.
    func finish() throws(Problem) -> ReadOnlyFile {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw .system(operation: "set the size", errno: errno) }
        defer { descriptor = -1 }
        return ReadOnlyFile(adopting: descriptor, size: size)
    }
}
