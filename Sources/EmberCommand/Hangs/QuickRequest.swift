import Ember

/// An operation is enqueued at the moment when the workers have found the queue empty.
struct QuickRequest: Scenario {
    let name = "lost-wakeup"
    let kind = ScenarioKind.hang
    let summary = "work is signalled after the workers saw none and before they wait, without a timeout"

    func run(_ stage: Stage) throws {
        let gate = Gate()
        var configuration = Application.configuration()
        configuration.defects = .flagOutsideLock
        configuration.hooks.at(.queueFoundEmpty) { gate.pass() }
        configuration.hooks.at(.workSignalled) { gate.open() }
        let database = try Application.open(stage, configuration, rows: 200)
        // Workers that look under the lock do not come there.
        guard stage.isRepaired || gate.waitForArrivals(configuration.asyncWorkers) else {
            throw ToolError.notReached(what: "workers without work")
        }
        let read = Answer<Result<[UInt8]?, EmberError>>(from: Role.asyncWorker)
        stage.ready("An application has a row read by a worker and waits for it.")
        try database.enqueue(AsyncOperation(.get(table: Application.table, key: Application.key(7))) { read.give($0) })
        _ = try read.wait().get()
        try database.close()
    }
}
