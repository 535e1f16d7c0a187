import Foundation
import TestSupport

/// A program that people run: how it is started, and which of its processes are looked at.
public struct RealProgram: Sendable {
    public var name: String
    public var start: @Sendable () throws -> ServerProgram
    /// How many of the processes that it starts are looked at, too.
    public var children = 0

    public static let names = all.map(\.name)

    public static let all: [RealProgram] = [
        RealProgram(name: "redis") {
            let folder = try ServerProgram.makeFolder()
            let server = try ServerProgram.find(["/usr/bin/redis-server"])
            return try ServerProgram(
                [server, "--port", "0", "--unixsocket", "socket", "--save", "", "--daemonize", "no"], folder: folder
            ) { $0.contains("ready to accept connections") || $0.contains("now ready") }
        },
        RealProgram(name: "mariadbd") {
            // It reserves addresses for the largest buffer pool there can be, 8 TB, and gcore writes what is reserved.
            let folder = try ServerProgram.makeFolder()
            let server = try ServerProgram.find(["/usr/sbin/mariadbd"])
            return try ServerProgram(
                [
                    server, "--no-defaults", "--user=\(NSUserName())", "--datadir=\(folder.path)", "--socket=socket",
                    "--skip-networking", "--skip-grant-tables", "--innodb-buffer-pool-size=8M",
                    "--innodb-buffer-pool-size-max=8M",
                    "--innodb-log-file-size=4M",
                ], folder: folder
            ) { $0.contains("ready for connections") }
        },
        RealProgram(
            name: "postgres",
            start: {
                let folder = try ServerProgram.makeFolder()
                let server = try postgres("postgres")
                let initdb = URL(fileURLWithPath: server).deletingLastPathComponent().appendingPathComponent("initdb")
                    .path
                // It refuses to run as root.
                let asOther =
                    getuid() == 0
                    ? [
                        try ServerProgram.find(["/usr/bin/setpriv"]), "--reuid=nobody", "--regid=nogroup",
                        "--clear-groups",
                    ]
                    : []
                let data = folder.appendingPathComponent("data").path
                let made = try run(asOther + [initdb, "-D", data, "-A", "trust", "--no-sync", "-U", "deadwait"])
                guard made.status == 0 else {
                    throw ServerProgram.Failure.notReady(command: [initdb], log: made.output)
                }
                return try ServerProgram(
                    asOther + [server, "-D", data, "-k", folder.path, "-c", "listen_addresses="], folder: folder
                ) { $0.contains("database system is ready to accept connections") }
            }, children: 2),
        RealProgram(name: "python3") {
            let folder = try ServerProgram.makeFolder()
            let script = folder.appendingPathComponent("threads.py")
            try pythonScript.write(to: script, atomically: true, encoding: .utf8)
            return try ServerProgram([try ServerProgram.find(["/usr/bin/python3"]), script.path], folder: folder) {
                $0.contains("ready")
            }
        },
        RealProgram(name: "node") {
            let folder = try ServerProgram.makeFolder()
            let server = "require('http').createServer(() => {}).listen('socket', () => console.log('ready'))"
            return try ServerProgram([try ServerProgram.find(["/usr/bin/node"]), "-e", server], folder: folder) {
                $0.contains("ready")
            }
        },
        RealProgram(name: "swift-nio") {
            let folder = try ServerProgram.makeFolder()
            let package = FixtureProgram.repository.appendingPathComponent("Fixtures/packages/nio-server")
            let scratch = FixtureProgram.products.appendingPathComponent("nio-server").path
            let built = try run(["swift", "build", "--package-path", package.path, "--scratch-path", scratch])
            guard built.status == 0 else {
                throw FixtureProgram.Failure.build(command: ["swift", "build", package.path], output: built.output)
            }
            return try ServerProgram(["\(scratch)/debug/nio-server", "socket"], folder: folder) { $0.contains("ready") }
        },
    ]

    /// A program of the newest PostgreSQL that is installed.
    static func postgres(_ name: String) throws -> String {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return try ServerProgram.find(versions.sorted().reversed().map { "\(root)/\($0)/bin/\(name)" })
    }

    private static let pythonScript = """
        import queue, socket, threading, time
        lock, condition, items = threading.Lock(), threading.Condition(), queue.Queue()
        listener = socket.socket(socket.AF_UNIX)
        listener.bind("socket")
        listener.listen()

        def wait_for_condition():
            with condition:
                condition.wait()

        def sort_under_lock():
            sorted([2, 1], key=lambda value: lock.acquire())

        lock.acquire()
        for body in (wait_for_condition, sort_under_lock, items.get, listener.accept, lambda: time.sleep(100000)):
            threading.Thread(target=body, daemon=True).start()
        time.sleep(0.5)
        print("ready", flush=True)
        time.sleep(100000)
        """
}
