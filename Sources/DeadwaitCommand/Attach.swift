import ArgumentParser
import Deadwait

struct Attach: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "Says who is stuck in a running process, on what, and why nobody comes.")

    @Argument(help: ArgumentHelp("The process, or a snapshot saved with --save.", valueName: "PID"))
    var target: TargetArgument

    @OptionGroup var capture: CaptureArguments
    @OptionGroup var symbols: SymbolArguments
    @OptionGroup var maps: MapArguments
    @OptionGroup var report: ReportArguments
    @OptionGroup var output: OutputArguments

    mutating func run() throws {
        var assess = Assess(capture: capture, symbols: symbols, maps: maps, report: report, output: output)
        assess.mapSeconds = capture.deadline ?? assess.mapSeconds
        throw try assess.run(target)
    }
}
