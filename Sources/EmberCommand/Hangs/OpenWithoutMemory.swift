import Ember
import Glibc

/// Open fails before there are workers; its error path closes, and close flushes.
struct OpenWithoutMemory: Scenario {
    let name = "async-never-created"
    let kind = ScenarioKind.hang
    let summary = "open fails for want of memory, and its error path flushes a queue whose workers were never created"

    func run(_ stage: Stage) throws {
        var configuration = Application.configuration()
        configuration.defects = .flushIgnoresWorkers
        configuration.faults.fail(.allocate("async operations"), with: ENOMEM)
        stage.ready("An application opens a database with 4 asynchronous workers and is short of memory.")
        try Application.open(stage, configuration).close()
    }
}
