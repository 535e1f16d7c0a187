import Ember

/// Close comes when the sweep server is about to look at the tables.
struct CloseAtSweep: Scenario {
    let name = "join-under-lock"
    let kind = ScenarioKind.hang
    let summary = "close waits for the sweep server's end with a lock that the sweep server wants"

    func run(_ stage: Stage) throws {
        var configuration = Application.configuration()
        configuration.defects = .joinUnderOpenTables
        configuration.hooks.hold(.sweepDue, until: .sweepEnding)
        let database = try Application.open(stage, configuration, rows: 200)
        guard configuration.hooks.wait(for: .sweepDue) else { throw ToolError.notReached(what: "a sweep") }
        stage.ready("An application closes its database.")
        try database.close()
    }
}
