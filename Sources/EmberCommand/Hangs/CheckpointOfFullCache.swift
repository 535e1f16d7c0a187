import Ember

/// A checkpoint is asked for while the eviction server makes room.
struct CheckpointOfFullCache: Scenario {
    let name = "checkpoint-eviction-cycle"
    let kind = ScenarioKind.hang
    let summary = "a checkpoint and the eviction server take the same two locks in opposite order"

    func run(_ stage: Stage) throws {
        var configuration = Application.configuration()
        configuration.defects = .evictionKeepsOpenTables
        configuration.cacheBytes = 256 << 10
        configuration.hooks.hold(.evictionListed, until: .checkpointLocked)
        configuration.hooks.hold(.checkpointLocked, until: .evictionListed)
        let database = try Application.open(stage, configuration, rows: 10)
        let session = try database.openSession()
        let importer = try ApplicationThread("import") {
            do {
                try Application.fill(session, Application.table, rows: 4000, bytes: 1000)
            } catch {
                Output.complain("import: \(error)")
            }
        }
        guard configuration.hooks.wait(for: .evictionListed) else { throw ToolError.notReached(what: "a full cache") }
        stage.ready("An application imports many rows on one thread and makes a checkpoint on another.")
        try database.checkpoint()
        importer.join()
        try database.close()
    }
}
