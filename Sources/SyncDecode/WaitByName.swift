public import ProcessModel

/// What a thread waits for by the names of its functions alone, for inputs that have nothing else.
public enum WaitByName {
    public struct Found: Hashable, Sendable {
        public var kind: WaitKind
        /// Index into the stack: the outermost function that is the wait's own.
        public var frame: Int
        /// Nil where the name does not say.
        public var isTimed: Bool?
        /// As the stack calls it, without the version of its symbol.
        public var function: String
    }

    /// `functions` innermost first; "" where a frame has no name. Nil where no name tells of a wait.
    public static func find(_ functions: [String]) -> Found? {
        var weak: (WaitKind, Int)?
        for (index, name) in functions.prefix(24).enumerated() {
            if name.isEmpty { continue }
            switch PrimitiveNames.classify(name) {
            case .strong(let primitive):
                // Inner functions first: what the program called is the outermost of the same kind.
                var outermost = index
                for next in functions.indices where next > index && next < index + 4 {
                    guard case .strong(let outer) = PrimitiveNames.classify(functions[next]),
                        outer.kind == primitive.kind
                    else { break }
                    outermost = next
                }
                return found(primitive.kind, functions, outermost)
            case .weak(let primitive): weak = weak ?? (primitive.kind, index)
            case .transparent, .library: break
            case .other:
                if let weak { return found(weak.0, functions, weak.1) }
                return kernel(functions, index)
            }
        }
        return weak.map { found($0.0, functions, $0.1) }
    }

    private static func found(_ kind: WaitKind, _ functions: [String], _ frame: Int) -> Found {
        let name = PrimitiveNames.bareName(functions[frame])
        var isTimed: Bool?
        switch kind {
        case .condition, .mutex, .rwlockRead, .rwlockWrite, .semaphore, .join:
            // What public functions share does not say which of them was called.
            if functions[frame].utf8.contains(UInt8(ascii: ":")) || name.hasSuffix("_common") || name.contains("_slow")
            {
                break
            }
            isTimed = ["timed", "clock"].contains { name.contains($0) }
        default: break
        }
        return Found(kind: kind, frame: frame, isTimed: isTimed, function: plain(functions[frame]))
    }

    private static func plain(_ name: String) -> String {
        String(name.prefix { $0 != "@" })
    }

    /// Calls that block in the kernel, by the names of libc's wrappers (man pages, section 2).
    private static let calls: [Substring: WaitKind] = {
        var calls: [Substring: WaitKind] = [:]
        func add(_ kind: WaitKind, _ names: Substring...) { for name in names { calls[name] = kind } }
        add(.poll, "poll", "ppoll", "poll_chk")
        add(.epoll, "epoll_wait", "epoll_pwait", "epoll_pwait2")
        add(.select, "select", "pselect", "pselect64", "select64")
        add(.read, "read", "readv", "pread", "pread64", "read_nocancel", "libc_read", "preadv", "preadv2")
        add(.write, "write", "writev", "pwrite", "pwrite64", "write_nocancel", "libc_write", "pwritev")
        add(.accept, "accept", "accept4", "libc_accept")
        add(.connect, "connect", "libc_connect")
        add(.receive, "recv", "recvfrom", "recvmsg", "recvmmsg", "libc_recv", "libc_recvfrom")
        add(.send, "send", "sendto", "sendmsg", "sendmmsg", "libc_send")
        add(.fileLock, "flock")
        add(.semaphoreSet, "semop", "semtimedop")
        add(.messageQueue, "msgrcv", "msgsnd", "mq_timedreceive", "mq_timedsend", "mq_receive", "mq_send")
        add(.sleep, "nanosleep", "clock_nanosleep", "usleep", "sleep", "clock_nanosleep_time64")
        add(.signal, "sigwait", "sigwaitinfo", "sigtimedwait", "pause", "sigsuspend", "rt_sigtimedwait", "libc_pause")
        add(.child, "wait4", "waitpid", "waitid", "wait")
        add(.disk, "fsync", "fdatasync", "sync", "msync", "syncfs", "sync_file_range")
        return calls
    }()

    private static func kernel(_ functions: [String], _ index: Int) -> Found? {
        // Only what stands innermost, behind stubs of libc's, is where the thread is.
        let name = PrimitiveNames.bareName(functions[index])
        let bare = name.hasPrefix("libc_") ? name.dropFirst(5) : name
        guard let kind = calls[name] ?? calls[bare] else { return nil }
        return Found(kind: kind, frame: index, isTimed: nil, function: plain(functions[index]))
    }
}
