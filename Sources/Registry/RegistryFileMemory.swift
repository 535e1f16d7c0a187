import Glibc
import ProcessModel
import RegistryABI

/// A registry that is a file by itself (DEADWAIT_REGISTRY), as memory whose address 0 is the file's first byte.
///
/// Read with pread(2) and never mapped: a file that is cut short meanwhile gives short counts and not SIGBUS. Closed
/// when it is released.
public final class RegistryFileMemory: MemorySource {
    public let path: String
    /// Bytes at the time of opening.
    public let size: UInt64
    /// With `device`, what tells this file from all others.
    public let inode: UInt64
    private let descriptor: Int32

    /// - Throws: `file` with what open(2) said; `notARegistry` for what is no regular file or does not begin as one.
    public init(path: String) throws(RegistryError) {
        // Opening a FIFO that nobody writes would wait, opening a device may have effects.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw .file(operation: "open", path: path, errno: errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .notARegistry(place: path)
        }
        self.path = path
        self.descriptor = descriptor
        size = UInt64(max(status.st_size, 0))
        inode = UInt64(status.st_ino)
        guard bytes(Address(0), count: 16).map({ RegistryLayout.hasMagic($0, DW_REGISTRY_MAGIC) }) == true else {
            throw .notARegistry(place: path)
        }
    }

    deinit { close(descriptor) }

    /// Whether the file at `path` begins as a registry does; false for what cannot be read.
    public static func looksLikeRegistry(_ path: String) -> Bool {
        do throws(RegistryError) {
            _ = try RegistryFileMemory(path: path)
            return true
        } catch {
            return false
        }
    }

    /// Where the registry is in this memory.
    public var place: RegistryPlace {
        RegistryPlace(address: Address(0), available: size, origin: .file, name: path)
    }

    public func read(_ address: Address, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var done = 0
        while done < buffer.count {
            guard let offset = off_t(exactly: address.rawValue &+ UInt64(done)) else { break }
            let count = pread(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, offset)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            done += count
        }
        return done
    }
}
