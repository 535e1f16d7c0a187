import CLinux
import Glibc
public import ProcessModel

/// Looks up in /proc what the descriptors, file locks and children of a running process are.
///
/// Everything is read when it is first asked for and kept: tables of sockets and locks once, descriptors once each. The
/// search for the other ends of pipes and sockets among all processes is bounded (4,096 processes, 262,144 descriptors,
/// 200 ms). Answers are of a moment after the capture. Not for use from several threads.
public final class KernelObjectsInspector: KernelObjects {
    public let process: ProcessID
    public let realtimeOffsetNanoseconds: Int64?
    private var targets: [Int32: FileDescriptorTarget?] = [:]
    private lazy var sockets = KernelObjectsSockets(process: process)
    private lazy var holders = KernelObjectsHolders()
    private lazy var locks = KernelObjectsLocks()
    private var listedChildren: [ProcessID]??
    /// An epoll set may hold epoll sets.
    private static let nestingLimit = 3
    private static let shownMembers = 8

    public init(process: ProcessID) {
        self.process = process
        var realtime = timespec()
        var monotonic = timespec()
        if clock_gettime(CLOCK_REALTIME, &realtime) == 0, clock_gettime(CLOCK_MONOTONIC, &monotonic) == 0 {
            let seconds = Int64(realtime.tv_sec - monotonic.tv_sec)
            realtimeOffsetNanoseconds = seconds &* 1_000_000_000 &+ Int64(realtime.tv_nsec - monotonic.tv_nsec)
        } else {
            realtimeOffsetNanoseconds = nil
        }
    }

    public func descriptor(_ descriptor: Int32) -> FileDescriptorTarget? { target(descriptor, nesting: 0) }

    private func target(_ descriptor: Int32, nesting: Int) -> FileDescriptorTarget? {
        if let known = targets[descriptor] { return known }
        let found = look(at: descriptor, nesting: nesting)
        targets[descriptor] = .some(found)
        return found
    }

    private func look(at descriptor: Int32, nesting: Int) -> FileDescriptorTarget? {
        guard descriptor >= 0, let link = Self.link("/proc/\(process)/fd/\(descriptor)") else { return nil }
        var target = FileDescriptorTarget(descriptor: descriptor, target: link)
        if let inode = Self.inode(link, prefix: "pipe:[") {
            describePipe(&target, inode: inode)
        } else if let inode = Self.inode(link, prefix: "socket:[") {
            describeSocket(&target, inode: inode)
        } else if link.hasPrefix("anon_inode:") {
            target.detail = anonymous(link, descriptor, nesting: nesting)
            if let pid = target.detail.flatMap({ Self.processHandle($0) }) { target.peers = [pid] }
        }
        return target
    }

    // MARK: Pipes and sockets

    private func describePipe(_ target: inout FileDescriptorTarget, inode: UInt64) {
        guard let mode = KernelObjectsHolders.mode(process, target.descriptor), mode.reads != mode.writes else {
            target.detail = "pipe"
            return
        }
        let others = holders.pipe(inode, reading: mode.writes)
        target.peers = others
        let end = mode.reads ? "writing" : "reading"
        target.detail = "pipe, \(end) end open in \(names(others))" + incomplete
    }

    private func describeSocket(_ target: inout FileDescriptorTarget, inode: UInt64) {
        guard let entry = sockets.entry(inode) else {
            target.detail = "socket"
            return
        }
        target.detail = entry.description
        guard let peer = sockets.peer(of: inode) else { return }
        target.peers = holders.socket(peer)
        target.detail = entry.description + ", other end in \(names(target.peers))" + incomplete
    }

    private var incomplete: String { holders.isComplete ? "" : " (not all processes were searched)" }

    private func names(_ processes: [ProcessID]) -> String {
        if processes.isEmpty { return "no process that can be looked at" }
        if processes == [process] { return "this process" }
        return "pid " + processes.prefix(4).map(\.description).joined(separator: ", ")
            + (processes.count > 4 ? " and \(processes.count - 4) more" : "")
    }

    // MARK: Anonymous inodes

    /// The lines of `/proc/PID/fdinfo/N` that each kind adds (proc_pid_fdinfo(5)).
    private func anonymous(_ link: String, _ descriptor: Int32, nesting: Int) -> String? {
        guard let lines = Self.lines("/proc/\(process)/fdinfo/\(descriptor)") else { return nil }
        func field(_ name: String) -> Substring? {
            lines.first { $0.hasPrefix(name) }?.dropFirst(name.count).drop { $0 == " " || $0 == "\t" }
        }
        switch link.dropFirst("anon_inode:".count) {
        case "[eventfd]": return field("eventfd-count:").map { "event counter at \($0)" }
        case "[timerfd]": return field("it_value:").flatMap(Self.timer)
        case "[eventpoll]": return epollSet(lines, nesting: nesting)
        case "[pidfd]": return field("Pid:").map { "process \($0)" }
        case "inotify": return "\(lines.count { $0.hasPrefix("inotify ") }) watches"
        case "[signalfd]": return field("sigmask:").map { "signals \($0)" }
        default: return nil
        }
    }

    private func epollSet(_ lines: [Substring], nesting: Int) -> String {
        let members = lines.compactMap { line -> Int32? in
            guard line.hasPrefix("tfd:") else { return nil }
            return Int32(line.dropFirst(4).drop { $0 == " " }.prefix { $0 != " " })
        }
        let shown = members.prefix(Self.shownMembers).map { member -> String in
            guard nesting < Self.nestingLimit, let target = target(member, nesting: nesting + 1) else {
                return "\(member)"
            }
            return "\(member): \(target.detail ?? target.target ?? "")"
        }
        let more = members.count > Self.shownMembers ? ", …" : ""
        return "epoll set of \(members.count)" + (members.isEmpty ? "" : " (\(shown.joined(separator: "; "))\(more))")
    }

    /// "(99999, 812345678)": seconds and nanoseconds until the timer expires, both 0 when it is not set.
    private static func timer(_ value: Substring) -> String? {
        let parts = value.filter { $0 != "(" && $0 != ")" && $0 != " " }.split(separator: ",")
        guard parts.count == 2, let seconds = UInt64(parts[0]), let nanoseconds = UInt64(parts[1]) else { return nil }
        if seconds == 0, nanoseconds == 0 { return "timer that is not set" }
        return "timer, expires in \(seconds).\(nanoseconds / 100_000_000) s"
    }

    private static func processHandle(_ detail: String) -> ProcessID? {
        detail.hasPrefix("process ") ? Int32(detail.dropFirst(8)).flatMap { $0 > 0 ? ProcessID($0) : nil } : nil
    }

    // MARK: Locks, children, robust mutexes

    public func lockHolders(_ descriptor: Int32, request: FileLockRequest) -> [ProcessID]? {
        locks.holders(process: process, descriptor: descriptor, request: request)
    }

    /// From `/proc/PID/task/TID/children`; nil when the kernel does not have these files, or with more than 1,024
    /// threads, when reading all of them would cost too much.
    public func children() -> [ProcessID]? {
        if let listedChildren { return listedChildren }
        let found = readChildren()
        listedChildren = .some(found)
        return found
    }

    private func readChildren() -> [ProcessID]? {
        let tasks: [ThreadID]
        do {
            tasks = try TaskDirectory(process: process).threads()
        } catch {
            return nil
        }
        guard !tasks.isEmpty, tasks.count <= 1024 else { return nil }
        var children: [ProcessID] = []
        for task in tasks {
            let bytes: [UInt8]
            do {
                bytes = try ProcFile.read("/proc/\(process)/task/\(task)/children", limit: 1 << 16)
            } catch .systemCall(_, _, ENOENT) where Self.exists("/proc/\(process)/task/\(task)") {
                return nil
            } catch {
                continue
            }
            children += bytes.split(separator: .space).compactMap { Int32(String(decoding: $0, as: UTF8.self)) }
                .map { ProcessID($0) }
        }
        return children.sorted()
    }

    public func robustListHead(of thread: ThreadID) -> Address? {
        var head: UInt64 = 0
        guard clinux_robust_list(thread.rawValue, &head) == 0, head != 0 else { return nil }
        return Address(head)
    }

    // MARK: Reading

    private static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The target of a link below /proc, nil when it is gone or may not be read: both mean that nothing is known.
    static func link(_ path: String) -> String? {
        do { return try ProcFile.link(path) } catch { return nil }
    }

    /// The lines of a file below /proc that are not empty; nil when it cannot be read.
    static func lines(_ path: String, limit: Int = 1 << 20) -> [Substring]? {
        do {
            return String(decoding: try ProcFile.read(path, limit: limit), as: UTF8.self)
                .split(separator: "\n", omittingEmptySubsequences: true)
        } catch {
            return nil
        }
    }

    /// N of "pipe:[N]".
    static func inode(_ link: String, prefix: String) -> UInt64? {
        guard link.hasPrefix(prefix), link.hasSuffix("]") else { return nil }
        return UInt64(link.dropFirst(prefix.count).dropLast())
    }
}
