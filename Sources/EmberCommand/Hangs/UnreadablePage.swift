import Ember
import Glibc

/// A worker ends at an error of the disk; close waits for the workers.
struct UnreadablePage: Scenario {
    let name = "worker-exits"
    let kind = ScenarioKind.hang
    let summary = "a worker leaves its loop at a read error without telling, and close waits for all workers"

    func run(_ stage: Stage) throws {
        try Application.open(stage, rows: 200).close()
        var configuration = Application.configuration()
        configuration.defects = .workerLeavesUncounted
        let database = try Application.open(stage, configuration)
        configuration.faults.fail(.pageRead, with: EIO)
        let read = Answer<Result<[UInt8]?, EmberError>>(from: Role.asyncWorker)
        try database.enqueue(AsyncOperation(.get(table: Application.table, key: Application.key(7))) { read.give($0) })
        guard case .failure = read.wait() else { throw ToolError.notReached(what: "a page that cannot be read") }
        stage.ready("An application read a page that is damaged, through a worker, and closes its database.")
        try database.close()
    }
}
