import ArgumentParser
import Glibc

/// Does a scenario, or lists them all: what `ember` does without a subcommand.
struct ScenarioCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Does a scenario, or lists them.",
        discussion: """
            A scenario says on standard output in one line what its application does, then "ready". Where another process \
            than this one is to be looked at, the line before "ready" is "process PID". A hang never ends by itself, a \
            crash ends by its signal, a healthy scenario ends soon after --seconds.

            EXIT STATUS
              0 it ended well   1 it ended with an error, which is on standard error   64 wrong usage
            """)

    /// How `--list` is written.
    enum ListFormat: String, ExpressibleByArgument, CaseIterable {
        case text
        case json
    }

    @Option(help: "What to do. See --list.")
    var scenario: String?

    @Option(
        help: ArgumentHelp(
            "Where the database is made; must exist or be creatable, and stays. By default a fresh folder under TMPDIR, "
                + "removed at the end or, after a kill, by the next start."))
    var folder: String?

    @Option(help: "How long a healthy scenario goes on.")
    var seconds = 600

    @Flag(
        help: "Do the same with the bug of a hang repaired: it ends, with status 1 where the engine met an error.")
    var repaired = false

    @Flag(help: "The scenarios: name, kind (hang, crash or healthy), and one line each.")
    var list = false

    @Option(help: "How to list them: text or json.")
    var format = ListFormat.text

    func validate() throws {
        guard (1...86_400).contains(seconds) else { throw ValidationError("--seconds is 1 to 86400.") }
        if let scenario, Scenarios.named(scenario) == nil {
            throw ValidationError("There is no scenario \(scenario); see --list.")
        }
        if !list && scenario == nil { throw ValidationError("Give --scenario NAME or --list.") }
        if list && scenario != nil { throw ValidationError("--list goes without --scenario.") }
    }

    func run() throws {
        if list {
            Output.say(format == .json ? Scenarios.json : Scenarios.text)
            return
        }
        guard let scenario = scenario.flatMap(Scenarios.named) else { return }
        try Complaint.reporting {
            let folder = try WorkFolder(given: folder)
            defer { folder.remove() }
            try scenario.run(Stage(folder: folder.path, seconds: seconds, isRepaired: repaired))
        }
    }
}
