import ArgumentParser
import Deadwait
import Diagnosis

struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Compares two snapshots of one process: who has moved, who came and went.",
        discussion: """
            Is it stuck, or only slow? Save a snapshot, wait, look again:
              deadwait stacks 4242 --save before -o /dev/null
              deadwait diff before 4242
            A thread that has not run at all stands first among the suspects; one that woke
            and went back to the same wait polls, as idle servers do and as stuck threads do.
            """)

    @Argument(help: ArgumentHelp("A snapshot saved with --save, a pid, or a core.", valueName: "A"))
    var first: TargetArgument

    @Argument(help: ArgumentHelp("The same process at another time.", valueName: "B"))
    var second: TargetArgument

    @OptionGroup var capture: CaptureArguments
    @OptionGroup var symbols: SymbolArguments
    @OptionGroup var output: OutputArguments

    func run() throws {
        let earlier = try LoadedSnapshot(first, capture: capture, symbols: symbols, isVerbose: output.verbose)
        let later = try LoadedSnapshot(second, capture: capture, symbols: symbols, isVerbose: output.verbose)
        try output.save(later)
        let comparison = try compare(earlier.snapshot, later.snapshot)
        try output.write { writer, style in
            switch output.format {
            case .text: ComparisonText(style: style).write(comparison, to: &writer)
            case .json: ComparisonJSON(isSaved: later.wasSaved).write(comparison, to: &writer)
            }
        }
        // The worse of the two.
        let statuses = [earlier.snapshot.completeness, later.snapshot.completeness]
        throw (statuses.max { $0.rawValue < $1.rawValue } ?? .noResult).exitCode
    }

    private func compare(_ first: Snapshot, _ second: Snapshot) throws(CommandFailure) -> SnapshotComparison {
        do {
            return try SnapshotComparison(first, second)
        } catch {
            throw CommandFailure(
                reason: "these cannot be compared: \(error)",
                help: "Take both of one process: `deadwait stacks PID --save FILE`, later `deadwait diff FILE PID`.")
        }
    }
}
