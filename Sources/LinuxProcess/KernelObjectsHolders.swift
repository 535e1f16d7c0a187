import CLinux
import Glibc
import ProcessModel

/// Which processes have which pipes and sockets open, found by one walk over /proc/*/fd.
struct KernelObjectsHolders {
    /// Whether every process that we may look at was walked within the limits. Processes of other users may hide.
    let isComplete: Bool
    private var readers: [UInt64: [ProcessID]] = [:]
    private var writers: [UInt64: [ProcessID]] = [:]
    private var sockets: [UInt64: [ProcessID]] = [:]

    private static let processLimit = 4096
    private static let descriptorLimit = 262_144
    private static let nanoseconds: UInt64 = 200_000_000

    init() {
        let deadline = monotonicNanoseconds() &+ Self.nanoseconds
        guard let processes = Self.numericNames("/proc", limit: 1 << 20) else {
            isComplete = false
            return
        }
        var left = Self.descriptorLimit
        var walked = 0
        for process in processes {
            guard walked < Self.processLimit, left > 0, monotonicNanoseconds() < deadline else { break }
            walked += 1
            let id = ProcessID(process)
            for descriptor in Self.numericNames("/proc/\(process)/fd", limit: left) ?? [] {
                left -= 1
                guard let link = KernelObjectsInspector.link("/proc/\(process)/fd/\(descriptor)") else { continue }
                if let inode = KernelObjectsInspector.inode(link, prefix: "socket:[") {
                    Self.add(id, to: &sockets[inode, default: []])
                } else if let inode = KernelObjectsInspector.inode(link, prefix: "pipe:["),
                    let mode = Self.mode(id, descriptor)
                {
                    if mode.reads { Self.add(id, to: &readers[inode, default: []]) }
                    if mode.writes { Self.add(id, to: &writers[inode, default: []]) }
                }
            }
        }
        isComplete = walked == processes.count && left > 0
    }

    /// The processes that can read from (or write to) the pipe.
    func pipe(_ inode: UInt64, reading: Bool) -> [ProcessID] { (reading ? readers : writers)[inode] ?? [] }

    func socket(_ inode: UInt64) -> [ProcessID] { sockets[inode] ?? [] }

    private static func add(_ process: ProcessID, to list: inout [ProcessID]) {
        if list.last != process { list.append(process) }
    }

    /// How a descriptor is open: the permissions of its link in /proc/PID/fd say it (proc_pid_fd(5)).
    static func mode(_ process: ProcessID, _ descriptor: Int32) -> (reads: Bool, writes: Bool)? {
        var status = stat()
        guard lstat("/proc/\(process)/fd/\(descriptor)", &status) == 0 else { return nil }
        return (status.st_mode & 0o400 != 0, status.st_mode & 0o200 != 0)
    }

    private static func numericNames(_ path: String, limit: Int) -> [Int32]? {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var capacity = 256
        while true {
            var count = 0
            let ids = [Int32](unsafeUninitializedCapacity: capacity) { buffer, initialized in
                count = clinux_list_tasks(descriptor, buffer.baseAddress, buffer.count)
                initialized = min(max(count, 0), buffer.count)
            }
            if count < 0 { return nil }
            if count <= capacity || capacity >= limit { return ids.sorted() }
            capacity = min(count + count / 8, limit)
        }
    }
}
