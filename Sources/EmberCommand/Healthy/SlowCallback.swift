import Ember

/// A flush that waits for a callback of the application.
struct SlowCallback: Scenario {
    let name = "slow-callback"
    let kind = ScenarioKind.healthy
    let summary = "a flush waits until a completion callback of the application is done, which takes its time"

    func run(_ stage: Stage) throws {
        let database = try Application.open(stage, rows: 200)
        let begun = Answer<Void>(from: Role.asyncWorker)
        let seconds = stage.seconds
        let write = AsyncOperation.Request.put(table: Application.table, key: Application.key(7), value: [1])
        try database.enqueue(
            AsyncOperation(write) { _ in
                begun.give(())
                Pause.seconds(seconds)
            })
        begun.wait()
        stage.ready("An application flushes its database's queue, in which a callback is under way that takes long.")
        try database.flush()
        try database.close()
    }
}
