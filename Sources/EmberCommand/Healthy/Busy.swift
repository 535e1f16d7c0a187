import Ember
import Synchronization

/// Everything at once, as fast as it goes.
struct Busy: Scenario {
    let name = "busy"
    let kind = ScenarioKind.healthy
    let summary = "reads, writes, scans, asynchronous operations, flushes and checkpoints on a cache that is too small"

    func run(_ stage: Stage) throws {
        var configuration = Application.configuration()
        configuration.cacheBytes = 512 << 10
        configuration.checkpointInterval = .milliseconds(500)
        let database = try Application.open(stage, configuration, rows: 2000, bytes: 500)
        var load = Load(database, table: Application.table, rows: 2000, valueBytes: 500)
        load.readPercent = 60
        load.usesWorkers = true
        stage.ready("An application reads and writes on many threads.")
        _ = try load.run(threads: 4, for: .seconds(stage.seconds))
        try database.close()
    }
}
