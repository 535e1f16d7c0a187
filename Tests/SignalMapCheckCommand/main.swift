import ArgumentParser
import SignalMapChecks

/// Whether signal maps are right.
struct DeadwaitMapCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deadwait-map-check",
        abstract: "Hold signal maps against what is true of seeded programs and what was seen of real engines.",
        subcommands: [Programs.self, Engines.self])
}

DeadwaitMapCheck.main()
