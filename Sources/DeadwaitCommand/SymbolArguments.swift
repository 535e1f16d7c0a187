import ArgumentParser
import Deadwait

/// How frames get their names, and where from.
struct SymbolArguments: ParsableArguments {
    @Flag(help: "Function names only: no DWARF is opened.")
    var namesOnly = false

    @Flag(help: "Where each function's parameters live.")
    var parameters = false

    @Option(
        help: ArgumentHelp("The program a core is of; of a running process it is known.", valueName: "EXE"))
    var exe: String?

    @Option(help: ArgumentHelp("Look for files of the target under DIR.", valueName: "DIR"))
    var sysroot: String?

    @Option(
        name: .customLong("debug-dir"), parsing: .singleValue,
        help: ArgumentHelp("Look for separate debug files under DIR, too; may be repeated.", valueName: "DIR"))
    var debugDirectories: [String] = []

    @Flag(help: "Neither read nor write the cache of symbolized addresses.")
    var noCache = false

    @Flag(help: "Walk each stack with libunwind, too, and report where the walks differ.")
    var verifyUnwind = false

    func validate() throws {
        if namesOnly && parameters { throw ValidationError("--names-only and --parameters exclude each other.") }
    }

    var detail: SymbolDetail { namesOnly ? .names : parameters ? .parameters : .lines }
}
