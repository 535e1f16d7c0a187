import ArgumentParser
import Deadwait

struct Stacks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stacks",
        abstract: "Prints every thread of a process or core: its stack, and what it waits for.")

    @Argument(
        help: ArgumentHelp("A pid, a core, or a snapshot saved with --save.", valueName: "PID|CORE"))
    var target: TargetArgument

    @Argument(help: ArgumentHelp("The program a core is of; found by itself where possible.", valueName: "EXE"))
    var executable: String?

    @Flag(help: "Print each thread, even where several have the same stack.")
    var noGroup = false

    @OptionGroup var capture: CaptureArguments
    @OptionGroup var symbols: SymbolArguments
    @OptionGroup var output: OutputArguments

    mutating func run() throws {
        if let executable { symbols.exe = executable }
        let loaded = try LoadedSnapshot(target, capture: capture, symbols: symbols, isVerbose: output.verbose)
        try output.save(loaded)
        try output.write { writer, style in
            switch output.format {
            case .text:
                StacksText(style: style, foldsEqualStacks: !noGroup, isVerbose: output.verbose)
                    .write(loaded.snapshot, to: &writer)
            case .json: StacksJSON(isSaved: loaded.wasSaved).write(loaded.snapshot, to: &writer)
            }
        }
        throw loaded.snapshot.completeness.exitCode
    }
}
