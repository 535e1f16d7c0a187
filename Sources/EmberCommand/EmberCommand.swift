import ArgumentParser

@main struct EmberCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ember", abstract: "A small storage engine that can hang the way real ones did.",
        usage: """
            ember --list [--format json]
            ember --scenario NAME [--repaired] [--folder DIR] [--seconds N]
            ember load [OPTIONS]
            ember recover-test [--kills N] [--seed N]
            """,
        subcommands: [ScenarioCommand.self, LoadCommand.self, RecoverTest.self, RecoverWriter.self, SlowReader.self],
        // Its options are not those of the whole command, which would take them from the others.
        defaultSubcommand: ScenarioCommand.self)
}
