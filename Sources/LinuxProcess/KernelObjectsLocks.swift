import Glibc
import ProcessModel

/// The file locks that are held on this machine: /proc/locks (proc_locks(5)).
struct KernelObjectsLocks {
    private struct Held {
        var family: FileLockRequest.Family
        var isExclusive: Bool
        var process: Int32
        var device: Device
        var inode: UInt64
        var start: UInt64
        var end: UInt64
    }

    private struct Device: Hashable {
        var major: UInt32
        var minor: UInt32
    }

    private let held: [Held]?
    private static let byteLimit = 8 << 20

    init() {
        do {
            self.init(bytes: try ProcFile.read("/proc/locks", limit: Self.byteLimit))
        } catch {
            self.init(bytes: nil)
        }
    }

    /// From the contents of /proc/locks, nil when it cannot be read. Lines that do not have the form are left out.
    init(bytes: [UInt8]?) {
        held = bytes.map { String(decoding: $0, as: UTF8.self).split(separator: "\n").compactMap(Self.parse) }
    }

    /// The processes whose locks conflict with the request. Locks of open file descriptions have no process there (-1)
    /// and are left out; so are those of processes that our pid namespace does not show (0).
    func holders(process: ProcessID, descriptor: Int32, request: FileLockRequest) -> [ProcessID]? {
        var status = stat()
        guard let held, stat("/proc/\(process)/fd/\(descriptor)", &status) == 0 else { return nil }
        let device = Device(major: Self.major(status.st_dev), minor: Self.minor(status.st_dev))
        let found = held.filter { lock in
            lock.device == device && lock.inode == UInt64(status.st_ino) && Self.conflict(lock, request)
                && lock.process > 0
        }
        return Array(Set(found.map { ProcessID($0.process) })).sorted()
    }

    private static func conflict(_ lock: Held, _ request: FileLockRequest) -> Bool {
        let isFlock = lock.family == .flock
        return isFlock == (request.family == .flock) && (lock.isExclusive || request.isExclusive)
            && (isFlock || (lock.start <= request.end && request.start <= lock.end))
    }

    /// "1: POSIX  ADVISORY  WRITE 708 fd:01:5123 10 29"; a waiter has "->" after the number and is none of ours.
    private static func parse(_ line: Substring) -> Held? {
        let fields = line.split(separator: " ", omittingEmptySubsequences: true)
        guard fields.count == 8, let process = Int32(fields[4]), let start = UInt64(fields[6]) else { return nil }
        let family: FileLockRequest.Family
        switch fields[1] {
        case "FLOCK": family = .flock
        case "POSIX": family = .posix
        case "OFDLCK": family = .openFileDescription
        default: return nil
        }
        let file = fields[5].split(separator: ":")
        guard file.count == 3, let major = UInt32(file[0], radix: 16), let minor = UInt32(file[1], radix: 16),
            let inode = UInt64(file[2])
        else { return nil }
        return Held(
            family: family, isExclusive: fields[3] == "WRITE", process: process,
            device: Device(major: major, minor: minor), inode: inode, start: start,
            end: fields[7] == "EOF" ? .max : UInt64(fields[7]) ?? .max)
    }

    /// gnu_dev_major(3) and gnu_dev_minor(3), which are macros.
    private static func major(_ device: dev_t) -> UInt32 {
        UInt32(truncatingIfNeeded: (device >> 8) & 0xfff) | UInt32(truncatingIfNeeded: (device >> 32) & ~0xfff)
    }

    private static func minor(_ device: dev_t) -> UInt32 {
        UInt32(truncatingIfNeeded: device & 0xff) | UInt32(truncatingIfNeeded: (device >> 12) & ~0xff)
    }
}
