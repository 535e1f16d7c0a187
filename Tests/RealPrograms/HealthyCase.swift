import Foundation
import TestSupport

/// A real program in a state in which nothing is wrong with it: without work, or under load.
public struct HealthyCase: Sendable {
    public enum Activity: String, Sendable, CaseIterable {
        case idle
        case load
    }

    /// A program that runs, with those that keep it busy.
    public final class Running {
        /// Those to look at.
        public private(set) var processes: [Int32]
        private let server: ServerProgram
        private var clients: [Process] = []

        init(_ server: ServerProgram, children: Int, clients: [[String]]) throws {
            self.server = server
            processes = []
            for command in clients {
                let process = Process()
                process.executableURL = URL(fileURLWithPath: command[0])
                process.arguments = Array(command.dropFirst())
                process.currentDirectoryURL = server.folder
                process.standardOutput = FileHandle.nullDevice
                process.standardError = FileHandle.nullDevice
                try process.run()
                self.clients.append(process)
            }
            // Until the load has reached all of its threads.
            usleep(clients.isEmpty ? 200_000 : 1_500_000)
            processes = [server.processIdentifier] + server.descendants.prefix(children)
        }

        deinit {
            for client in clients { kill(client.processIdentifier, SIGKILL) }
            for client in clients { client.waitUntilExit() }
        }
    }

    public var name: String
    public var activity: Activity
    public var start: @Sendable () throws -> Running

    public static let all: [HealthyCase] = Activity.allCases.flatMap { activity in
        let real = RealProgram.all.map { program in
            HealthyCase(name: program.name, activity: activity) {
                let own = activity == .load ? loaded[program.name] ?? program.start : program.start
                let server = try own()
                return try Running(
                    server,
                    // Those that serve the clients, too.
                    children: activity == .load && program.name == "postgres" ? 6 : program.children,
                    clients: activity == .load ? try clients(of: program.name, server) : [])
            }
        }
        return real + [nginx(activity), pool(activity)]
    }

    // MARK: Load

    private static let connections = """
        import socket, threading
        def talk():
            while True:
                try:
                    peer = socket.socket(socket.AF_UNIX)
                    peer.connect("socket")
                    for _ in range(20):
                        peer.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
                        if not peer.recv(65536): break
                except OSError:
                    pass
                finally:
                    peer.close()
        for _ in range(8): threading.Thread(target=talk).start()
        """

    private static func clients(of name: String, _ server: ServerProgram) throws -> [[String]] {
        switch name {
        case "redis":
            return [
                [
                    try ServerProgram.find(["/usr/bin/redis-benchmark"]), "-s", "socket", "-q", "-l", "-n", "1000000",
                    "-c", "20",
                ]
            ]
        case "mariadbd":
            return [
                [
                    try ServerProgram.find(["/usr/bin/mariadb-slap", "/usr/bin/mysqlslap"]), "--no-defaults",
                    "--socket=\(server.folder.path)/socket", "--auto-generate-sql",
                    "--auto-generate-sql-load-type=mixed",
                    "--concurrency=8", "--number-of-queries=2000000", "--iterations=100",
                ]
            ]
        case "postgres":
            let pgbench = try RealProgram.postgres("pgbench")
            let common = ["-h", server.folder.path, "-U", "deadwait"]
            let made = try run([pgbench] + common + ["-i", "-q", "postgres"])
            guard made.status == 0 else { throw ServerProgram.Failure.notReady(command: [pgbench], log: made.output) }
            return [[pgbench] + common + ["-c", "6", "-j", "2", "-T", "3600", "postgres"]]
        case "node", "swift-nio", "nginx":
            return [[try ServerProgram.find(["/usr/bin/python3"]), "-c", connections]]
        default: return []
        }
    }

    /// Programs that make their load themselves, or answer only under load.
    private static let loaded: [String: @Sendable () throws -> ServerProgram] = [
        "python3": {
            let folder = try ServerProgram.makeFolder()
            let script = """
                import queue, threading, zlib
                todo, done = queue.Queue(16), queue.Queue(16)
                def work():
                    while True:
                        done.put(zlib.crc32(zlib.compress(todo.get() * 1000)))
                for _ in range(6): threading.Thread(target=work, daemon=True).start()
                def feed():
                    while True:
                        todo.put(b"some text")
                threading.Thread(target=feed, daemon=True).start()
                print("ready", flush=True)
                while True: done.get()
                """
            return try ServerProgram([try ServerProgram.find(["/usr/bin/python3"]), "-c", script], folder: folder) {
                $0.contains("ready")
            }
        },
        "node": {
            let folder = try ServerProgram.makeFolder()
            // The key is derived on libuv's own threads.
            let server =
                "const crypto = require('crypto'); require('http').createServer((request, response) => "
                + "crypto.pbkdf2('a', 'b', 2000, 64, 'sha512', () => response.end('done')))"
                + ".listen('socket', () => console.log('ready'))"
            return try ServerProgram([try ServerProgram.find(["/usr/bin/node"]), "-e", server], folder: folder) {
                $0.contains("ready")
            }
        },
    ]

    private static func nginx(_ activity: Activity) -> HealthyCase {
        HealthyCase(name: "nginx", activity: activity) {
            let folder = try ServerProgram.makeFolder()
            let settings = """
                worker_processes 2; daemon off; pid pid; error_log stderr notice;
                events {}
                http { access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
                uwsgi_temp_path uwsgi; scgi_temp_path scgi;
                server { listen unix:socket; location / { return 200 "here"; } } }
                """
            try settings.write(to: folder.appendingPathComponent("nginx.conf"), atomically: true, encoding: .utf8)
            let server = try ServerProgram(
                [
                    try ServerProgram.find(["/usr/sbin/nginx"]), "-p", folder.path, "-c", "nginx.conf", "-e", "stderr",
                ], folder: folder
            ) { $0.contains("start worker process") }
            return try Running(
                server, children: 2, clients: activity == .load ? try clients(of: "nginx", server) : [])
        }
    }

    private static func pool(_ activity: Activity) -> HealthyCase {
        HealthyCase(name: "C++ thread pool", activity: activity) {
            let program = try FixtureProgram(["thread_pool.cpp"], compiler: "g++")
            let server = try ServerProgram(
                [program.executable.path, activity.rawValue], folder: try ServerProgram.makeFolder()
            ) { $0.contains("ready") }
            return try Running(server, children: 0, clients: [])
        }
    }
}
