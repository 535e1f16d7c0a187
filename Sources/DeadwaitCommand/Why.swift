import ArgumentParser
import Deadwait
import Diagnosis

struct Why: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Explains one thread in full: who could end its wait, on which way, and why nobody does.",
        discussion: """
            Best asked of a saved snapshot, which does not move on:
              deadwait attach 4242 --save hang
              deadwait why 4244 hang
            A thread id alone is asked of its running process.
            """)

    @Argument(help: ArgumentHelp("The thread: its kernel id, as reports print it.", valueName: "TID"))
    var thread: Int32

    @Argument(help: ArgumentHelp("A snapshot saved with --save, a core, or a pid.", valueName: "SNAPSHOT"))
    var target: TargetArgument?

    @OptionGroup var capture: CaptureArguments
    @OptionGroup var symbols: SymbolArguments
    @OptionGroup var maps: MapArguments
    @OptionGroup var output: OutputArguments

    func validate() throws {
        guard thread > 0 else { throw ValidationError("TID is a positive number.") }
    }

    func run() throws {
        let id = ThreadID(thread)
        // The capture finds the process that a thread is of.
        let target = target ?? .process(ProcessID(thread))
        let loaded = try LoadedSnapshot(
            target, capture: capture, symbols: symbols, isVerbose: output.verbose, wantsErrors: true)
        try output.save(loaded)
        let known = try LoadedProcessMaps(
            loaded.snapshot, maps, symbols, seconds: capture.deadline ?? Assess.defaultMapSeconds)
        for note in known.notes { Terminal.warn(note) }
        guard let explanation = ThreadExplanation(of: id, in: loaded.snapshot, maps: known.maps) else {
            let ids = loaded.snapshot.threads.prefix(8).map(\.id.description).joined(separator: ", ")
            throw CommandFailure(
                reason: "the snapshot has no thread \(id)",
                help: ids.isEmpty
                    ? "It has no thread at all."
                    : "It has \(ids)\(loaded.snapshot.threads.count > 8 ? ", …" : ""); `deadwait stacks` lists all.")
        }
        try output.write { writer, style in
            switch output.format {
            case .text: ExplanationText(style: style, isVerbose: output.verbose).write(explanation, to: &writer)
            case .json: ExplanationJSON(isSaved: loaded.wasSaved).write(explanation, to: &writer)
            }
        }
        throw explanation.assessment.exitStatus.exitCode
    }
}
