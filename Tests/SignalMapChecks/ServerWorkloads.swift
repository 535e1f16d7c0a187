import Foundation
import TestSupport

/// Engines that are servers, each in a folder of its own and asked by its own clients.
extension EngineWorkload {
    static let redis = EngineWorkload("redis") {
        [try ServerProgram.find(["/usr/bin/redis-server"])]
    } work: { session in
        let server = try session.start([
            try ServerProgram.find(["/usr/bin/redis-server"]), "--port", "0", "--unixsocket", session.path("socket"),
            "--daemonize", "no", "--appendonly", "yes", "--appendfsync", "everysec", "--io-threads", "2",
            "--lazyfree-lazy-user-del", "yes", "--lazyfree-lazy-user-flush", "yes",
            "--save", "", "--dir", session.folder.path,
        ]) { $0.contains("eady to accept connections") }
        let benchmark = try ServerProgram.find(["/usr/bin/redis-benchmark"])
        let client = try ServerProgram.find(["/usr/bin/redis-cli"])
        for tests in ["set,get,incr", "lpush,rpush,lpop,sadd,zadd,hset"] {
            try session.run([
                benchmark, "-s", session.path("socket"), "-n", "8000", "-c", "50", "-P", "8", "-t", tests, "-r", "1000",
                "-q",
            ])
            for command in [["BGREWRITEAOF"], ["UNLINK", "mylist", "myset", "myzset"], ["FLUSHALL", "ASYNC"]] {
                try session.run([client, "-s", session.path("socket")] + command)
            }
            // A second passes until the log is forced to disk once more.
            try session.run(["/usr/bin/sleep", "1.2"])
        }
        try session.stop(server)
    }

    static let mariadbd = EngineWorkload("mariadbd") {
        [try ServerProgram.find(["/usr/sbin/mariadbd"])]
    } work: { session in
        let socket = session.path("socket")
        try FileManager.default.createDirectory(atPath: session.path("data"), withIntermediateDirectories: true)
        let server = try session.start([
            try ServerProgram.find(["/usr/sbin/mariadbd"]), "--no-defaults", "--user=\(NSUserName())",
            "--datadir=\(session.folder.path)/data", "--socket=\(socket)", "--skip-networking", "--skip-grant-tables",
            "--innodb-buffer-pool-size=8M", "--innodb-buffer-pool-size-max=8M", "--innodb-log-file-size=4M",
        ]) { $0.contains("ready for connections") }
        let slap = try ServerProgram.find(["/usr/bin/mariadb-slap", "/usr/bin/mysqlslap"])
        let client = try ServerProgram.find(["/usr/bin/mariadb", "/usr/bin/mysql"])
        func sql(_ text: String) throws {
            try session.run([client, "--no-defaults", "--socket=\(socket)", "-e", text])
        }
        try session.run([
            slap, "--no-defaults", "--socket=\(socket)", "--auto-generate-sql", "--auto-generate-sql-load-type=mixed",
            "--auto-generate-sql-add-autoincrement", "--concurrency=12", "--number-of-queries=2400", "--engine=innodb",
        ])
        try session.run([
            slap, "--no-defaults", "--socket=\(socket)", "--create-schema=locks", "--concurrency=8",
            "--delimiter=;",
            "--create=CREATE TABLE accounts (id INT PRIMARY KEY, sum INT) ENGINE=InnoDB; "
                + "INSERT INTO accounts VALUES (1, 0)",
            "--query=UPDATE accounts SET sum = sum + 1 WHERE id = 1", "--number-of-queries=400",
        ])
        try sql(
            "CREATE DATABASE d; USE d; CREATE TABLE t (a INT) ENGINE=Aria; INSERT INTO t SELECT seq FROM seq_1_to_1000; "
                + "LOCK TABLES t WRITE; UNLOCK TABLES; FLUSH TABLES; SET GLOBAL innodb_max_dirty_pages_pct=0; "
                + "DROP DATABASE d")
        try session.stop(server)
    }

    static let postgres = EngineWorkload("postgres", sharesObjects: true) {
        [try postgresPrograms("postgres")]
    } work: { session in
        let data = session.path("data")
        // It refuses to run as root.
        try session.run(
            [try postgresPrograms("initdb"), "-D", data, "-A", "trust", "--no-sync", "-U", "deadwait"], asNobody: true)
        let server = try session.start(
            [
                try postgresPrograms("postgres"), "-D", data, "-k", session.folder.path, "-c", "listen_addresses=",
                "-c", "max_wal_size=32MB", "-c", "checkpoint_timeout=30s", "-c", "max_parallel_workers=4",
            ], asNobody: true
        ) { $0.contains("database system is ready to accept connections") }
        let bench = try postgresPrograms("pgbench")
        let access = ["-h", session.folder.path, "-U", "deadwait", "postgres"]
        try session.run([bench, "-i", "-q", "-s", "2"] + access)
        try session.run([bench, "-c", "8", "-j", "2", "-T", "6"] + access)
        try session.stop(server, signal: SIGINT)
    }

    private static func postgresPrograms(_ name: String) throws -> String {
        let root = "/usr/lib/postgresql"
        let versions = try FileManager.default.contentsOfDirectory(atPath: root).sorted().reversed()
        return try ServerProgram.find(versions.map { "\(root)/\($0)/bin/\(name)" })
    }
}
