import Ember

/// A checkpoint on a medium that takes long for each page.
struct LongCheckpoint: Scenario {
    let name = "long-checkpoint"
    let kind = ScenarioKind.healthy
    let summary = "a checkpoint writes many pages to a slow medium, while readers go on"

    private static let rows = 10_000

    func run(_ stage: Stage) throws {
        let configuration = Application.configuration()
        let database = try Application.open(stage, configuration, rows: Self.rows, bytes: 200)
        let end = ContinuousClock.now + .seconds(stage.seconds)
        configuration.faults.observe { point in
            if point == .pageWrite { Pause.until(min(end, .now + .milliseconds(300))) }
        }
        let session = try database.openSession()
        let writer = try database.openSession()
        let reader = try ApplicationThread("reader") {
            do {
                while ContinuousClock.now < end {
                    _ = try session.get(Application.table, Application.key(.random(in: 0..<Self.rows)))
                    Pause.until(.now + .milliseconds(20))
                }
            } catch {
                Output.complain("reader: \(error)")
            }
        }
        stage.ready("An application makes a checkpoint of a database with many changed pages.")
        try database.checkpoint()
        while ContinuousClock.now < end {
            try Application.fill(writer, Application.table, rows: Self.rows, bytes: 200)
            try database.checkpoint()
        }
        reader.join()
        try database.close()
    }
}
