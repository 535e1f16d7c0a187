import CEmberCommand
import Ember
import Synchronization

/// Open fails after two of four workers; its error path closes, and close flushes.
struct OpenWithoutThreads: Scenario {
    let name = "async-some-created"
    let kind = ScenarioKind.hang
    let summary = "the third of four workers cannot be created, and the error path's flush waits for all four"

    /// Four servers and two workers come first.
    private static let threadsThatFit = 6
    /// More than there are addresses (47 bits): pthread_create(3) then fails with EAGAIN.
    private static let hugeStack = 1 << 47

    func run(_ stage: Stage) throws {
        var configuration = Application.configuration()
        configuration.defects = .flushCountsConfigured
        let created = Atomic<Int>(0)
        configuration.faults.observe { point in
            guard point == .createThread else { return }
            if created.add(1, ordering: .relaxed).oldValue == Self.threadsThatFit {
                cembercommand_set_default_stack(Self.hugeStack)
            }
        }
        stage.ready("An application opens a database with 4 asynchronous workers and runs out of room for stacks.")
        try Application.open(stage, configuration).close()
    }
}
