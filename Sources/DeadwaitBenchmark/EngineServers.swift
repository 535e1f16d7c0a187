import Glibc

/// The servers of a comparison, each started with its setting at its first turn and kept until the end.
final class EngineServers {
    struct Server {
        let process: ChildProcess
        let folder: String
        var socket: String { "\(folder)/socket" }
    }

    private static let root = "/tmp/deadwait-benchmark.\(getpid())"
    private var servers: [String: Server] = [:]

    /// The server of that name; started in an empty folder if it is not there, by what `command` makes of the folder.
    func server(
        _ name: String, _ setting: RuntimeSetting, _ command: (String) -> [String],
        prepare: (String) throws(BenchmarkError) -> Void = { _ in }
    ) throws(BenchmarkError) -> Server {
        if let server = servers[name] { return server }
        // The path of a socket may have 107 bytes (unix(7)): too few for a scratch folder in some build folder.
        let folder = "\(Self.root)/\(name)"
        try ChildProcess.require(["rm", "-rf", folder])
        try Files.makeFolder(folder)
        try prepare(folder)
        // A benchmark that is killed must not leave its servers behind: setpriv(1) of util-linux asks for that.
        let process = try ChildProcess(
            ["setpriv", "--pdeathsig", "KILL"] + command(folder), environment: setting.environment)
        let server = Server(process: process, folder: folder)
        servers[name] = server
        for _ in 0..<1500 where !Files.exists(server.socket) { usleep(20_000) }
        guard Files.exists(server.socket) else { throw .notReady(program: name) }
        return server
    }

    /// What `requests` requests of the load generator `command` cost the server.
    func load(_ server: Server, requests: Int, _ command: [String]) throws(BenchmarkError) -> RuntimeEngines.Sample {
        let before = try processor(server)
        let outcome = try ChildProcess.run(command)
        guard outcome.status == 0 else { throw .command(command, status: outcome.status) }
        let used = try processor(server) - before
        return RuntimeEngines.Sample(
            wall: outcome.wall * 1e9 / Double(requests), processor: used / Double(requests))
    }

    /// Nanoseconds of processor time of all threads that it has or had.
    private func processor(_ server: Server) throws(BenchmarkError) -> Double {
        var clock = clockid_t()
        let error = clock_getcpuclockid(server.process.identifier, &clock)
        var time = timespec()
        guard error == 0, clock_gettime(clock, &time) == 0 else {
            throw .system(operation: "read the processor time of", subject: server.folder, errno: error)
        }
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }

    func stop() {
        for server in servers.values { server.process.kill() }
        servers = [:]
        // Nothing depends on it: what cannot be removed lies in /tmp.
        _ = try? ChildProcess.run(["rm", "-rf", Self.root])
    }
}
