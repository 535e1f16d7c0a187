import CLinux
import Glibc

/// A regular file opened for reading. Closed when it is released.
///
/// All reads are pread(2), so that a file that is cut short by another process while it is read gives short counts and
/// not SIGBUS, as a mapping would.
final class ReadOnlyFile {
    private enum Content {
        case descriptor(Int32)
        case bytes([UInt8])
    }

    private let content: Content
    /// At the time of opening.
    let size: UInt64
    let inode: UInt64

    /// Opens `path` if it is a regular file.
    ///
    /// Looks at the kind before it opens: the path may come from a core, and opening a FIFO would wait, opening a device
    /// may have effects.
    ///
    /// - Throws: `systemCall` with what stat(2) or open(2) said; `malformed` when it is not a regular file.
    init(path: String) throws(LinuxProcessError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw .systemCall(operation: "find the file", subject: path, errno: errno)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .malformed(path: path, operation: "open the file", reason: "is not a regular file")
        }
        guard !Self.isKernelFile(path) else {
            throw .malformed(path: path, operation: "open the file", reason: "is a file of the kernel, not of a disk")
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw .systemCall(operation: "open the file", subject: path, errno: errno) }
        // What was opened may be another file than the one looked at.
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .malformed(path: path, operation: "open the file", reason: "is not a regular file")
        }
        self.content = .descriptor(descriptor)
        self.size = UInt64(max(status.st_size, 0))
        self.inode = UInt64(status.st_ino)
    }

    /// Whether the path leads into procfs, sysfs, debugfs or tracefs (magic numbers of <linux/magic.h>), where reading
    /// may take away what others wait for, as of trace_pipe. A link such as `/proc/PID/exe` leads out of them.
    private static func isKernelFile(_ path: String) -> Bool {
        [0x9fa0, 0x6265_6572, 0x6462_6720, 0x7472_6163].contains(clinux_file_system_type(path))
    }

    /// Takes over an open descriptor of a regular file, `size` bytes long.
    init(adopting descriptor: Int32, size: UInt64) {
        self.content = .descriptor(descriptor)
        self.size = size
        self.inode = 0
    }

    /// A file that is only bytes of ours: what fuzzing and hand-laid tests read.
    init(bytes: [UInt8]) {
        self.content = .bytes(bytes)
        self.size = UInt64(bytes.count)
        self.inode = 0
    }

    deinit {
        if case .descriptor(let descriptor) = content { close(descriptor) }
    }

    /// Reads from `offset` on into `buffer` and returns how many bytes were there; 0 on an error.
    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let base = buffer.baseAddress else { return 0 }
        let descriptor: Int32
        switch content {
        case .descriptor(let open): descriptor = open
        case .bytes(let bytes):
            guard offset < UInt64(bytes.count) else { return 0 }
            let part = bytes[Int(offset)...].prefix(buffer.count)
            buffer.copyBytes(from: part)
            return part.count
        }
        var done = 0
        while done < buffer.count {
            guard let position = offset.sum(UInt64(done)), let position = off_t(exactly: position) else { break }
            let count = pread(descriptor, base + done, buffer.count - done, position)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            done += count
        }
        return done
    }

    /// Up to `count` bytes from `offset` on: fewer at the end of the file. The caller bounds `count`.
    func bytes(at offset: UInt64, count: Int) -> [UInt8] {
        let available = offset < size ? min(UInt64(max(count, 0)), size - offset) : 0
        return [UInt8](unsafeUninitializedCapacity: Int(available)) { buffer, initialized in
            initialized = read(
                at: offset,
                into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<Int(available)]))
        }
    }
}
