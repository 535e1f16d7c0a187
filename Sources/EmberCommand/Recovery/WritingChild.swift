import Glibc

/// A `recover-writer` process and the pipe on which it tells what it does.
struct WritingChild {
    let process: pid_t
    private let pipe: Int32
    private var bytes: [UInt8] = []
    /// The pipe's other end is closed by all that had it.
    private(set) var hasEnded = false

    /// Starts this program again with `arguments`, and with `environment` added to ours.
    init(_ arguments: [String], environment: [String] = []) throws(ToolError) {
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { throw .system(call: "pipe", subject: "a child", errno: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[1]) }
        process = try ChildProcess.spawn(arguments, output: ends[1], environment: environment)
        pipe = ends[0]
    }

    /// What it told since the last call. Waits at most until `deadline`, and returns as soon as there is something.
    mutating func messages(until deadline: ContinuousClock.Instant) throws(ToolError) -> [WriterMessage] {
        while !hasEnded {
            let left = max(.zero, ContinuousClock.now.duration(to: deadline))
            var poller = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
            let ready = poll(&poller, 1, Int32(left / .milliseconds(1)))
            if ready < 0 && errno == EINTR { continue }
            guard ready > 0 else {
                // poll(2) counts in milliseconds, the deadline is finer.
                Pause.until(deadline)
                return []
            }
            try readOnce()
            let messages = try WriterMessage.take(from: &bytes)
            if !messages.isEmpty { return messages }
        }
        return []
    }

    /// Kills it and takes what it had told before.
    mutating func killed() throws(ToolError) -> [WriterMessage] {
        kill(process, SIGKILL)
        return try ended().messages
    }

    /// Waits until it has ended: what it still told, and its status as waitpid(2) gives it.
    mutating func ended() throws(ToolError) -> (messages: [WriterMessage], status: Int32) {
        while !hasEnded { try readOnce() }
        close(pipe)
        return (try WriterMessage.take(from: &bytes), ChildProcess.wait(for: process))
    }

    private mutating func readOnce() throws(ToolError) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(pipe, &buffer, buffer.count)
        if count < 0 && errno == EINTR { return }
        guard count >= 0 else { throw .system(call: "read", subject: "the pipe of a child", errno: errno) }
        if count == 0 { hasEnded = true }
        bytes += buffer[..<count]
    }
}
