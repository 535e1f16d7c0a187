import ArgumentParser
import CLinux
import Deadwait
import DeadwaitRuntime
import Glibc

/// Starts the demo engine, lets it hang, crash or only look like it, and explains it.
struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Lets a storage engine hang for real, attaches to it and prints the report.",
        discussion: """
            SCENARIO is one of those that --list prints: hangs and crashes that real engines had, and healthy ones that \
            only look like it; without one, a flush on close that waits for workers which were never created. It runs \
            in a folder and a session of its own, which are gone when the report is printed.

            --core looks at a core instead of the process: the kernel's, so that nothing has to be installed, unless \
            the machine sends its cores elsewhere; then gdb's. --text prints all stacks before the report, as they are \
            pasted into bug reports.

            Exit status: as of attach.
            """)

    @Argument(help: "What happens; see --list.")
    var scenario = DemoEngine.firstScenario

    @Flag(help: "The scenarios: name, kind (hang, crash, healthy), and one line each.")
    var list = false

    @Flag(help: "Leave the process, or its core, and say what can be done with it.")
    var keep = false

    @Flag(help: "Look at a core instead of the process.")
    var core = false

    @Flag(help: "Print every stack as text first.")
    var text = false

    @Flag(help: "Without the runtime library: only what anybody can see from outside.")
    var noRuntime = false

    @Option(help: .hidden) var program: String?

    @OptionGroup var capture: CaptureArguments
    @OptionGroup var symbols: SymbolArguments
    @OptionGroup var maps: MapArguments
    @OptionGroup var report: ReportArguments
    @OptionGroup var output: OutputArguments

    func validate() throws {
        if text && output.format == .json { throw ValidationError("--text goes without --format json.") }
    }

    mutating func run() throws {
        let engine = try DemoEngine(at: program)
        var session = try DemoSession()
        let scenarios = try engine.scenarios(in: &session)
        if list {
            Terminal.say(session.writtenOutput())
            return
        }
        guard let chosen = scenarios.first(where: { $0.name == scenario }) else {
            throw ValidationError("There is no scenario \(scenario); see deadwait demo --list.")
        }
        var environment = ["TMPDIR": session.folder]
        // The language's own crash handler would write to the terminal and hold the process up.
        if getenv("SWIFT_BACKTRACE") == nil { environment["SWIFT_BACKTRACE"] = "enable=no" }
        if !noRuntime { environment["LD_PRELOAD"] = try Self.runtime(in: session.folder) }
        let follows = chosen.kind == .crash && !core
        try session.start(
            engine.path, ["--scenario", chosen.name, "--folder", "\(session.folder)/data"], environment: environment,
            outlivesUs: keep, isTraced: follows)
        throw follows
            ? try crashed(chosen, engine, &session) : try settled(chosen, engine, &session)
    }

    /// The path of the runtime library, written to the folder; with what the user preloads behind it.
    private static func runtime(in folder: String) throws(CommandFailure) -> String {
        do {
            try RuntimeFiles.install(into: "\(folder)/runtime")
        } catch {
            throw CommandFailure(reason: error.description, help: error.help)
        }
        let others = getenv("LD_PRELOAD").map { ":" + String(cString: $0) } ?? ""
        return "\(folder)/runtime/libdeadwait.so" + others
    }

    // MARK: A crash

    private func crashed(
        _ scenario: DemoEngine.Scenario, _ engine: DemoEngine, _ session: inout DemoSession
    ) throws -> ExitCode {
        let crash = try DemoCrash.next(in: &session)
        guard let crash, let process = session.process else { throw ended(engine, session) }
        introduce(scenario, engine, process, session)
        tell("A signal was about to end it. It is looked at where it stands.\n\n")
        var loaded = try LoadedSnapshot(
            .process(process), capture: capture, symbols: symbols, isVerbose: output.verbose, wantsErrors: true)
        loaded.snapshot.crash = crash
        return try finish(loaded, process, core: nil, &session)
    }

    // MARK: A hang, or what looks like one

    private func settled(
        _ scenario: DemoEngine.Scenario, _ engine: DemoEngine, _ session: inout DemoSession
    ) throws -> ExitCode {
        try waitUntilReady(engine, &session)
        guard let leader = session.process else { throw ended(engine, session) }
        let process = DemoWords.otherProcess(session.writtenOutput()) ?? leader
        let start = DemoClock.now()
        let rests = session.end == nil ? waitUntilAtRest(process, &session) : false
        introduce(scenario, engine, process, session)
        if session.end != nil, !core { throw ended(engine, session) }
        var capture = capture
        if session.end == nil {
            tell(
                rests
                    ? "Nothing moves in it any more but what wakes up and goes back to sleep "
                        + "(\(Wording.duration(DemoClock.now() - start))).\n\n"
                    : "It keeps moving. It is looked at as it runs.\n\n")
            if !rests, capture.samples == 0 { (capture.samples, capture.interval) = (3, 50) }
        }
        if core {
            let path = try DemoCore.take(of: process, in: &session)
            var symbols = symbols
            if symbols.exe == nil { symbols.exe = engine.path }
            let loaded = try LoadedSnapshot(
                .file(path), capture: capture, symbols: symbols, isVerbose: output.verbose, wantsErrors: true)
            return try finish(loaded, process, core: path, &session)
        }
        let loaded = try LoadedSnapshot(
            .process(process), capture: capture, symbols: symbols, isVerbose: output.verbose, wantsErrors: true)
        return try finish(loaded, process, core: nil, &session)
    }

    /// Until the program says so, or has ended.
    private func waitUntilReady(_ engine: DemoEngine, _ session: inout DemoSession) throws {
        let deadline = DemoClock.now() + 60_000_000_000
        while !DemoWords.isReady(session.writtenOutput()), !session.hasEnded() {
            guard DemoClock.now() < deadline else {
                throw CommandFailure(reason: "\(engine.name) was not ready within a minute", help: "Try again.")
            }
            DemoClock.sleep(nanoseconds: 5_000_000)
        }
        guard let end = session.end else { return }
        // One that crashes leaves a core.
        if core, case .signal = end { return }
        throw ended(engine, session)
    }

    /// False when it keeps moving.
    private func waitUntilAtRest(_ process: ProcessID, _ session: inout DemoSession) -> Bool {
        var settling = DemoSettling(process)
        let deadline = DemoClock.now() + 2_500_000_000
        while !session.hasEnded(), DemoClock.now() < deadline {
            if settling.look() ?? true { return !session.hasEnded() }
            DemoClock.sleep(nanoseconds: DemoSettling.interval)
        }
        return false
    }

    private func ended(_ engine: DemoEngine, _ session: borrowing DemoSession) -> CommandFailure {
        let words = DemoWords.lastLines(session.writtenErrors(), 5).map { "\n  " + $0 }.joined()
        switch session.end {
        case .exit(let status)?:
            return CommandFailure(
                reason: "\(engine.name) ended with status \(status) before it could be looked at" + words,
                help: "Try again; if it always does so, its folder (TMPDIR) may be full.")
        case .signal(let signal)?:
            return CommandFailure(
                reason: "\(engine.name) was ended by signal \(signal)" + words,
                help: "--core looks at the core of a crash.")
        case nil: return CommandFailure(reason: "\(engine.name) was not started", help: "Try again.")
        }
    }

    // MARK: The report

    private func finish(
        _ loaded: LoadedSnapshot, _ process: ProcessID, core: String?, _ session: inout DemoSession
    ) throws -> ExitCode {
        if text {
            try output.write { writer, style in
                StacksText(style: style, isVerbose: output.verbose).write(loaded.snapshot, to: &writer)
            }
            tell("\n")
        }
        let status = try Assess(capture: capture, symbols: symbols, maps: maps, report: report, output: output).report(
            loaded)
        guard keep, let leader = session.process else { return status }
        session.isKept = true
        let words =
            core.map { DemoWords.leftBehind(core: $0, folder: session.folder) }
            ?? DemoWords.leftBehind(process, of: leader, folder: session.folder)
        // The report alone is what a file or another program gets.
        if output.isForPeople { tell(words) } else { Terminal.warn(words) }
        return status
    }

    private func introduce(
        _ scenario: DemoEngine.Scenario, _ engine: DemoEngine, _ process: ProcessID, _ session: borrowing DemoSession
    ) {
        tell("\(engine.name) runs as process \(process), scenario \(scenario.name).\n")
        if let story = DemoWords.story(session.writtenOutput()) { tell("  \(story)\n") }
        let errors = DemoWords.lastLines(session.writtenErrors(), 4)
        if !errors.isEmpty { tell("Its last words:\n" + errors.map { "  \($0)\n" }.joined()) }
    }

    private func tell(_ words: String) { if output.isForPeople { Terminal.say(words) } }
}
