import Ember

/// A setting is changed while the database is closed.
struct SettingsAtClose: Scenario {
    let name = "server-restarted"
    let kind = ScenarioKind.hang
    let summary = "a checkpoint server is started anew after close has told the servers to stop"

    func run(_ stage: Stage) throws {
        var configuration = Application.configuration()
        configuration.defects = .reconfigureLooksTooEarly
        configuration.hooks.hold(.reconfigureBegun, until: .serversStopping)
        configuration.hooks.hold(.serversStopping, until: .checkpointServerStarted)
        let database = try Application.open(stage, configuration, rows: 200)
        let settings = try ApplicationThread("settings") {
            do {
                try database.reconfigure(checkpointInterval: .seconds(60))
            } catch {
                Output.complain("settings: \(error)")
            }
        }
        guard configuration.hooks.wait(for: .reconfigureBegun) else {
            throw ToolError.notReached(what: "a new setting")
        }
        stage.ready("An application closes its database while another thread changes a setting.")
        try database.close()
        settings.join()
    }
}
