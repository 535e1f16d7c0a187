import ArgumentParser
import Deadwait
import Glibc
import SignalMap
import SignalMapABI

/// Who could signal what, from the binaries alone.
struct MapCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "map",
        abstract: "Says from binaries alone which code could signal what: maps for attach and core, and questions.",
        discussion: """
            FILE is an x86-64 program or library, a map that -o wrote, or a folder of maps.
            Several are linked with each other in the order given: name the program first.
            Objects are called TYPE.FIELD, a variable's name, or FUNCTION:local. For FUNCTION and
            ROUTINE may stand what goes on behind a call: its return address in the file (0x4f10,
            main+0x1f) or its line (queue.c:12).

              deadwait map libengine.so                          what waits, what signals
              deadwait map libengine.so --who-signals POOL.idle  where, and how sure
              deadwait map app libengine.so --why main POOL.idle the surest way there
              deadwait map libengine.so -o engine.dwmap          in CI, with the build
              deadwait map libengine.so --diff engine.dwmap      what changed since

            Maps are kept by build id in $XDG_CACHE_HOME/deadwait/maps. Exit status 1: a
            condition that nobody signals, by --never-signalled or new in --diff.
            """)

    @Argument(help: ArgumentHelp("Binaries or maps.", valueName: "FILE"))
    var files: [String]

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Write the map to PATH; of several binaries, into a folder PATH.", valueName: "PATH"))
    var output: String?

    @Option(help: ArgumentHelp("Every place that signals this object, or may.", valueName: "OBJECT"))
    var whoSignals: String?

    @Option(help: ArgumentHelp("Every place that waits on this object, or may.", valueName: "OBJECT"))
    var whoWaits: String?

    @Flag(help: "Objects that are waited on and that nobody signals.")
    var neverSignalled = false

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("The surest way from a function to a signal of an object.", valueName: "FUNCTION OBJECT"))
    var why: [String] = []

    @Option(
        help: ArgumentHelp("All that a thread may wait on, signal and create that runs ROUTINE.", valueName: "ROUTINE"))
    var thread: String?

    @Option(help: ArgumentHelp("What changed since an older build: a binary, a map or a folder.", valueName: "OLD"))
    var diff: String?

    @Flag(help: "Neither read nor write the cache of maps.")
    var noCache = false

    @Option(help: ArgumentHelp("Look for files of the target under DIR.", valueName: "DIR"))
    var sysroot: String?

    @Option(
        name: .customLong("debug-dir"), parsing: .singleValue,
        help: ArgumentHelp("Look for separate debug files under DIR, too; may be repeated.", valueName: "DIR"))
    var debugDirectories: [String] = []

    @Option(help: "The report's form: text or json.")
    var format = OutputArguments.Format.text

    @Option(help: ArgumentHelp("Columns of the text report; default: the terminal's, else 100.", valueName: "N"))
    var width: Int?

    @Option(help: "Colour: auto, always or never. NO_COLOR is respected.")
    var color = OutputArguments.Color.auto

    @Flag(help: "What each step took.")
    var timing = false

    @Flag(name: .shortAndLong, help: "All conditions, all places, all gaps.")
    var verbose = false

    func validate() throws {
        if let width, !(40...10_000).contains(width) { throw ValidationError("--width is 40 to 10000.") }
        if !why.isEmpty, why.count != 2 { throw ValidationError("--why takes a function and an object.") }
        if files.isEmpty { throw ValidationError("Name a binary or a map.") }
        let questions = [whoSignals != nil, whoWaits != nil, neverSignalled, !why.isEmpty, thread != nil, diff != nil]
        if questions.count(where: \.self) > 1 { throw ValidationError("Ask one question at a time.") }
    }

    mutating func run() throws {
        var options = SignalMapOptions()
        options.debugInfo.debugDirectories = debugDirectories
        options.debugInfo.sysroot = sysroot
        if !noCache, let directory = SignalMapCache.defaultDirectory {
            options.cache = SignalMapCache(directory: directory)
        }
        TruncatedFiles.endTheCommand()
        let loaded = try LoadedMaps(files, options)
        if let output { try loaded.write(to: output) }
        let answer = try MapAnswer(self, loaded, options)
        try write(answer)
        throw ExitCode(answer.isFinding ? 1 : 0)
    }

    private func write(_ answer: MapAnswer) throws(CommandFailure) {
        let usesColor = color == .always || (color == .auto && Terminal.wantsColor)
        let style = Style(width: width ?? Terminal.width ?? 100, usesColor: usesColor)
        var failed = false
        var writer = ByteWriter { bytes in failed = failed || !Terminal.write(bytes, to: STDOUT_FILENO) }
        switch format {
        case .text: MapText(style: style, isVerbose: verbose, showsTiming: timing).write(answer, to: &writer)
        case .json: MapJSON().write(answer, to: &writer)
        }
        writer.finish()
        // A reader that has seen enough (`| head`) is no failure of ours.
        if failed, errno != EPIPE {
            throw CommandFailure(
                reason: "cannot write the report: \(String(cString: strerror(errno)))",
                help: "Check that the disk has room.")
        }
    }
}

extension CommandFailure {
    init(_ error: SignalMapError) { self.init(reason: error.description, help: error.help) }
}
