import Ember
import Glibc

/// The log's archive is a pipe that somebody reads slowly.
struct SlowDisk: Scenario {
    let name = "slow-disk"
    let kind = ScenarioKind.healthy
    let summary = "commits wait for the log, whose archive is a named pipe that another process reads slowly"

    func run(_ stage: Stage) throws {
        let pipe = stage.folder.appending("archive")
        guard mkfifo(pipe.string, 0o600) == 0 || errno == EEXIST else {
            throw ToolError.system(call: "mkfifo", subject: pipe.string, errno: errno)
        }
        let end = ContinuousClock.now + .seconds(stage.seconds)
        let reader = try ChildProcess.spawn(
            ["slow-reader", pipe.string, "--parent", String(getpid()), "--seconds", String(stage.seconds)])
        var configuration = Application.configuration()
        configuration.archive = pipe
        let database = try Application.open(stage, configuration)
        let setup = try database.openSession()
        try setup.createTable(Application.table)
        let writers = try (0..<4).map { number in
            let session = try database.openSession()
            return try ApplicationThread("writer-\(number)") {
                do {
                    while ContinuousClock.now < end {
                        try session.put(
                            Application.table, Application.key(number * 1000 + .random(in: 0..<1000)),
                            [UInt8](repeating: 1, count: 4000))
                    }
                } catch {
                    Output.complain("writer-\(number): \(error)")
                }
            }
        }
        Pause.until(min(end, .now + .milliseconds(300)))
        stage.ready("An application writes rows to a database on a slow disk.")
        for writer in writers { writer.join() }
        try database.close()
        kill(reader, SIGKILL)
        _ = ChildProcess.wait(for: reader)
    }
}
