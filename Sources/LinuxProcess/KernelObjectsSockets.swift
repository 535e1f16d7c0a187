import CLinux
import Glibc
import ProcessModel

/// The sockets of a process's network namespace, from /proc/PID/net (proc_pid_net(5)), by inode.
struct KernelObjectsSockets {
    struct Entry {
        /// "TCP 127.0.0.1:6379 -> 127.0.0.1:51234, established"
        var description: String
        /// What the other end of a connection on this machine is found by.
        fileprivate var connection: Connection?
    }

    fileprivate struct Connection: Hashable {
        var local: Substring
        var remote: Substring
    }

    private var entries: [UInt64: Entry] = [:]
    private var byConnection: [Connection: UInt64] = [:]
    private var unixPeers: [UInt64: UInt64] = [:]
    private static let byteLimit = 16 << 20
    private static let peerLimit = 1 << 16

    init(process: ProcessID) {
        for (file, name) in [("tcp", "TCP"), ("tcp6", "TCP"), ("udp", "UDP"), ("udp6", "UDP")] {
            let path = "/proc/\(process)/net/\(file)"
            if let lines = KernelObjectsInspector.lines(path, limit: Self.byteLimit) { addInternet(lines, name) }
        }
        if let lines = KernelObjectsInspector.lines("/proc/\(process)/net/unix", limit: Self.byteLimit) {
            addUnix(lines)
        }
        // sock_diag(7) answers for our own namespace only.
        if let own = KernelObjectsInspector.link("/proc/self/ns/net"),
            own == KernelObjectsInspector.link("/proc/\(process)/ns/net")
        {
            readUnixPeers()
        }
    }

    /// From the lines of one table each.
    init(tcp: [Substring], unix: [Substring]) {
        addInternet(tcp, "TCP")
        addUnix(unix)
    }

    func entry(_ inode: UInt64) -> Entry? { entries[inode] }

    /// The inode of the other end, when it is on this machine.
    func peer(of inode: UInt64) -> UInt64? {
        if let peer = unixPeers[inode] { return peer }
        guard let connection = entries[inode]?.connection else { return nil }
        return byConnection[Connection(local: connection.remote, remote: connection.local)]
    }

    /// "  0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0  0 12345 …"
    private mutating func addInternet(_ lines: [Substring], _ name: String) {
        for line in lines.dropFirst() {
            let fields = line.split(separator: " ", maxSplits: 10, omittingEmptySubsequences: true)
            guard fields.count > 9, let inode = UInt64(fields[9]), inode != 0,
                let local = Self.endpoint(fields[1]), let remote = Self.endpoint(fields[2])
            else { continue }
            let state = UInt8(fields[3], radix: 16).flatMap { Self.states[$0] }
            var entry = Entry(description: "\(name) \(local)")
            if name == "TCP", state == "listen" {
                entry.description += ", listening"
            } else if fields[2].hasSuffix(":0000") {
                entry.description += ", not connected"
            } else {
                entry.description += " -> \(remote)"
                if name == "TCP", let state { entry.description += ", \(state)" }
                entry.connection = Connection(local: fields[1], remote: fields[2])
                byConnection[Connection(local: fields[1], remote: fields[2])] = inode
            }
            entries[inode] = entry
        }
    }

    /// include/net/tcp_states.h
    private static let states: [UInt8: String] = [
        1: "established", 2: "connecting", 3: "accepting", 4: "closing", 5: "closing", 6: "time-wait", 7: "closed",
        8: "closed by the other end", 9: "closing", 10: "listen", 11: "closing",
    ]

    /// "0100007F:1F90", or 32 digits and a port: the address is words in the machine's order, the port a number.
    private static func endpoint(_ text: Substring) -> String? {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let port = UInt16(parts[1], radix: 16), parts[0].count == 8 || parts[0].count == 32
        else {
            return nil
        }
        var bytes: [UInt8] = []
        var digits = parts[0]
        while !digits.isEmpty {
            guard let word = UInt32(digits.prefix(8), radix: 16) else { return nil }
            withUnsafeBytes(of: word) { bytes += $0 }
            digits = digits.dropFirst(8)
        }
        if bytes.count == 16, bytes.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff] {
            bytes.removeFirst(12)
        }
        if bytes.count == 4 { return bytes.map(String.init).joined(separator: ".") + ":\(port)" }
        let text = [CChar](unsafeUninitializedCapacity: Int(INET6_ADDRSTRLEN)) { buffer, count in
            let found = inet_ntop(AF_INET6, bytes, buffer.baseAddress, socklen_t(buffer.count))
            count = found.map { strnlen($0, Int(INET6_ADDRSTRLEN)) } ?? 0
        }
        return "[" + String(decoding: text.map { UInt8(bitPattern: $0) }, as: UTF8.self) + "]:\(port)"
    }

    /// "Num RefCount Protocol Flags Type St Inode Path"; flag 0x10000 says that it listens.
    private mutating func addUnix(_ lines: [Substring]) {
        for line in lines.dropFirst() {
            let fields = line.split(separator: " ", maxSplits: 7, omittingEmptySubsequences: true)
            guard fields.count > 6, let inode = UInt64(fields[6]), inode != 0 else { continue }
            let kind =
                switch fields[4] {
                case "0001": "stream"
                case "0002": "datagram"
                case "0005": "seqpacket"
                default: "socket"
                }
            var text = "Unix \(kind)"
            if fields.count > 7 { text += " \(fields[7])" }
            if fields[3] == "00010000" { text += ", listening" }
            if entries[inode] == nil { entries[inode] = Entry(description: text) }
        }
    }

    private mutating func readUnixPeers() {
        let numbers = [UInt32](unsafeUninitializedCapacity: Self.peerLimit * 2) { buffer, initialized in
            initialized = 0
            buffer.withMemoryRebound(to: (UInt32, UInt32).self) { pairs in
                let count = clinux_unix_peers(pairs.baseAddress, pairs.count)
                initialized = min(max(count, 0), pairs.count) * 2
            }
        }
        for index in stride(from: 0, to: numbers.count, by: 2) where numbers[index + 1] != 0 {
            unixPeers[UInt64(numbers[index])] = UInt64(numbers[index + 1])
        }
    }
}
