import Ember
import Glibc

/// Requests fail, and after that the queue is busy.
struct RetriedRequest: Scenario {
    let name = "livelock"
    let kind = ScenarioKind.hang
    let summary = "operations that fail are never given back; the queue stays busy and the application tries for ever"

    func run(_ stage: Stage) throws {
        var configuration = Application.configuration()
        configuration.defects = .failedOperationKept
        configuration.asyncOperations = 16
        let database = try Application.open(stage, configuration, rows: 200)
        for row in 0..<configuration.asyncOperations {
            let read = Answer<Result<[UInt8]?, EmberError>>(from: Role.asyncWorker)
            try request(database, "mesages", row, read)
            _ = read.wait()
        }
        stage.ready("An application enqueues an operation, and tries again while the queue is busy.")
        let read = Answer<Result<[UInt8]?, EmberError>>(from: Role.asyncWorker)
        try request(database, Application.table, 7, read)
        _ = try read.wait().get()
        try database.close()
    }

    /// Enqueues a read; a busy queue is tried again after a millisecond.
    private func request(
        _ database: Database, _ table: String, _ row: Int, _ answer: Answer<Result<[UInt8]?, EmberError>>
    ) throws {
        let operation = AsyncOperation(.get(table: table, key: Application.key(row))) { answer.give($0) }
        while true {
            do {
                try database.enqueue(operation)
                return
            } catch .busy {
                usleep(1000)
            }
        }
    }
}
