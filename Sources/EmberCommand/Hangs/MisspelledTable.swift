import Ember

/// A put into a table that is not there.
struct MisspelledTable: Scenario {
    let name = "self-deadlock"
    let kind = ScenarioKind.hang
    let summary = "the error path of a put takes a lock that the put has already"

    func run(_ stage: Stage) throws {
        var configuration = Application.configuration()
        configuration.defects = .discardUnderOpenTables
        let database = try Application.open(stage, configuration, rows: 200)
        let session = try database.openSession()
        stage.ready("An application puts a row into a table that does not exist.")
        do {
            try session.put("mesages", Application.key(7), [1])
        } catch .notFound {
            Output.complain("There is no such table.")
        }
        try database.close()
    }
}
