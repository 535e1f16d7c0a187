import ArgumentParser
import Deadwait

struct Core: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "core",
        abstract: "The same from a core, compressed or cut short as it may be.")

    @Argument(help: ArgumentHelp("The core, or a snapshot saved with --save.", valueName: "CORE"))
    var file: String

    @Argument(help: ArgumentHelp("The program that dumped it; found by itself where possible.", valueName: "EXE"))
    var executable: String?

    @OptionGroup var symbols: SymbolArguments
    @OptionGroup var maps: MapArguments
    @OptionGroup var report: ReportArguments
    @OptionGroup var output: OutputArguments

    mutating func run() throws {
        var symbols = symbols
        if let executable { symbols.exe = executable }
        throw try Assess(capture: CaptureArguments(), symbols: symbols, maps: maps, report: report, output: output).run(
            .file(file))
    }
}
