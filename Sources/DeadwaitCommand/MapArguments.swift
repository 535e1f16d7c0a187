import ArgumentParser

/// Which signal maps a report rests on.
struct MapArguments: ParsableArguments {
    @Flag(help: "Judge without signal maps: locks, owners and what the engine declared only.")
    var noMap = false

    @Option(
        name: .customLong("map"), parsing: .singleValue,
        help: ArgumentHelp("A signal map of one of the binaries; may be repeated.", valueName: "FILE"))
    var maps: [String] = []

    func validate() throws {
        if noMap && !maps.isEmpty { throw ValidationError("--no-map and --map exclude each other.") }
    }
}
