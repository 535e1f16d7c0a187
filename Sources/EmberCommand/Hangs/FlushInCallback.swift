import Ember

/// A completion callback waits for the queue whose worker runs it.
struct FlushInCallback: Scenario {
    let name = "callback-own-queue"
    let kind = ScenarioKind.hang
    let summary = "a completion callback flushes the queue, and so waits for its own end"

    func run(_ stage: Stage) throws {
        var configuration = Application.configuration()
        configuration.defects = .callbackMayFlush
        let database = try Application.open(stage, configuration, rows: 200)
        let stored = Answer<Result<Void, EmberError>>(from: Role.asyncWorker)
        stage.ready("An application has a row written by a worker, whose callback waits until all is written.")
        let write = AsyncOperation.Request.put(table: Application.table, key: Application.key(7), value: [1])
        try database.enqueue(
            AsyncOperation(write) { result in
                stored.give(
                    result.flatMap { _ in
                        do throws(EmberError) { return .success(try database.flush()) } catch { return .failure(error) }
                    })
            })
        try stored.wait().get()
        try database.close()
    }
}
