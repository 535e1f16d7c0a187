import Ember
import Glibc

/// A checkpoint of the checkpoint server fails; later the application makes one.
struct FullDisk: Scenario {
    let name = "lock-leaked"
    let kind = ScenarioKind.hang
    let summary = "a checkpoint that fails to write a page keeps its lock, and its server goes back to its loop"

    func run(_ stage: Stage) throws {
        var configuration = Application.configuration()
        configuration.defects = .checkpointReturnsEarly
        configuration.hooks.watch(.checkpointServed)
        let database = try Application.open(stage, configuration, rows: 200)
        configuration.faults.fail(.pageWrite, with: ENOSPC)
        database.requestCheckpoint()
        guard configuration.hooks.wait(for: .checkpointServed) else {
            throw ToolError.notReached(what: "a checkpoint of the server")
        }
        stage.ready("An application makes a checkpoint for a backup, some time after the disk was full for a moment.")
        try database.checkpoint()
        try database.close()
    }
}
