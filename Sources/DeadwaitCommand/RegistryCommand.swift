import ArgumentParser
import Deadwait

/// What the runtime library recorded, by itself.
struct RegistryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "registry",
        abstract: "Prints what the runtime library recorded: who made whom, waits, signals, failures.",
        discussion: """
            FILE is a registry that a process was told to keep with DEADWAIT_REGISTRY=FILE:
            it outlives its process, also one that was killed. Of a running process no
            thread is stopped for it. See `deadwait runtime` for how to have one recorded.
            """)

    @Argument(
        help: ArgumentHelp(
            "A registry file, a pid, a core, or a snapshot saved with --save.", valueName: "FILE|PID|CORE"))
    var target: TargetArgument

    @Flag(help: "The last events of each thread, too.")
    var events = false

    @Flag(help: "All ended threads and all objects, not only the last and those with waiters.")
    var all = false

    @OptionGroup(visibility: .hidden) var capture: CaptureArguments
    @OptionGroup var symbols: SymbolArguments
    @OptionGroup var output: OutputArguments

    mutating func run() throws {
        capture.stopAll = false
        capture.noStop = true
        let loaded = try LoadedSnapshot(
            target, capture: capture, symbols: symbols, isVerbose: output.verbose, wantsRegistry: true)
        try output.save(loaded)
        guard let record = loaded.snapshot.registry else { throw Self.missing(loaded.snapshot) }
        try output.write { writer, style in
            switch output.format {
            case .text:
                RegistryText(style: style, showsEvents: events, showsAll: all || output.verbose)
                    .write(loaded.snapshot, to: &writer)
            case .json: RegistryJSON(isSaved: loaded.wasSaved).write(loaded.snapshot, to: &writer)
            }
        }
        throw (record.gaps.isEmpty ? ExitStatus.nothingStuck : .partial).exitCode
    }

    private static func missing(_ snapshot: Snapshot) -> CommandFailure {
        if let gap = snapshot.gaps.first(where: { $0.operation == RegistryNames.operation }) {
            return CommandFailure(reason: "there is no registry: \(gap.reason)", help: gap.help)
        }
        return CommandFailure(
            reason: "there is no registry: the runtime library is not loaded",
            help: "Start the program with it: LD_PRELOAD=$(deadwait runtime) PROGRAM.")
    }
}
