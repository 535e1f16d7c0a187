import ArgumentParser
import Deadwait
import DebugInfo
import Diagnosis
import DumpText
import Glibc
import ProcessModel
import SignalMap

struct Dump: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dump",
        abstract: "The same from a text: what gdb, pstack, eu-stack, lldb or coredumpctl printed.",
        discussion: """
            The text may be a log, a mail, a ticket: prefixes, quotes, lost line
            breaks and the like are undone first. Several dumps in one text are told
            apart. A text shows no memory, so without the engine's binary or its map
            (`deadwait map -o`, made in CI with the build) little more than suspicions
            can come of it.

              deadwait dump hang.txt                    what the text alone shows
              deadwait dump hang.txt --exe libengine.so with the code of that build
              gstack 4711 | deadwait dump -             from a pipe
              deadwait dump hang.txt --explain-parse    how each line was read
            """)

    @Argument(help: ArgumentHelp("Texts; - is standard input.", valueName: "FILE"))
    var files: [String]

    @Option(
        name: .customLong("map"), parsing: .singleValue,
        help: ArgumentHelp("A signal map of one of the binaries; may be repeated.", valueName: "FILE"))
    var maps: [String] = []

    @Option(
        name: .customLong("exe"), parsing: .singleValue,
        help: ArgumentHelp("The program, or a library of it; may be repeated.", valueName: "FILE"))
    var executables: [String] = []

    @Option(
        name: .customLong("debug-dir"), parsing: .singleValue,
        help: ArgumentHelp("Look for separate debug files under DIR, too; may be repeated.", valueName: "DIR"))
    var debugDirectories: [String] = []

    @Flag(help: "Neither read nor write the cache of maps.")
    var noCache = false

    @Flag(help: "Print what each line was taken for, and no report.")
    var explainParse = false

    @OptionGroup var report: ReportArguments
    @OptionGroup var output: OutputArguments

    func validate() throws {
        if files.isEmpty { throw ValidationError("Name a text, or - for standard input.") }
        if output.save != nil && files.count > 1 { throw ValidationError("--save takes one text with one dump.") }
    }

    mutating func run() throws {
        var status = ExitStatus.nothingStuck
        let known = explainParse ? [] : try signalMaps()
        var outcomes: [DumpOutcome] = []
        for file in files {
            let reader = DumpReader(try DumpFile.bytes(of: file))
            if explainParse {
                try output.write { writer, _ in DumpExplanation(reader).write(to: &writer) }
                if reader.dumps.isEmpty { status = .noResult }
                continue
            }
            guard !reader.dumps.isEmpty else {
                Terminal.warn(
                    "\(file == "-" ? "standard input" : file) holds no stack that is known "
                        + "(\(reader.ignoredLines) lines). --explain-parse shows how each line was read.")
                outcomes.append(DumpOutcome(file: file, dump: nil, assessment: nil, carriers: reader.carriers))
                continue
            }
            for dump in reader.dumps {
                let maps = known.isEmpty ? nil : ProcessMaps(dump.snapshot, text: known)
                var dump = dump
                for misfit in maps?.misfits ?? [] {
                    dump.snapshot.gaps.append(Self.gap(known[misfit.map], misfit.frames))
                }
                outcomes.append(
                    DumpOutcome(
                        file: file, dump: dump, assessment: Assessment(of: dump.snapshot, maps: maps),
                        carriers: reader.carriers))
            }
        }
        if explainParse { throw status.exitCode }
        try save(outcomes)
        try output.write { writer, style in
            for (index, outcome) in outcomes.enumerated() {
                guard let assessment = outcome.assessment else { continue }
                switch output.format {
                case .text:
                    if index > 0 { writer.append(trusted: "\n") }
                    for line in outcome.header(index, of: outcomes.count) {
                        writer.text(line)
                        writer.append(trusted: "\n")
                    }
                    ReportText(style: style, showsStacks: report.stacks, isVerbose: output.verbose)
                        .write(assessment, to: &writer)
                case .json: ReportJSON(isSaved: false).write(assessment, to: &writer)
                }
            }
        }
        throw DumpOutcome.status(outcomes).exitCode
    }

    private static func gap(_ map: SignalMapFile, _ frames: Int) -> Gap {
        Gap(
            .module(map.path), operation: "find the text's addresses in it",
            reason:
                "\(frames) \(frames == 1 ? "frame is" : "frames are") at no call of the function that the text names: "
                + "it is of another build, and its lines and ways may be others",
            help: "Name the binary that ran; `deadwait map -o` in CI keeps a map of each build.")
    }

    private func save(_ outcomes: [DumpOutcome]) throws(CommandFailure) {
        guard let path = output.save else { return }
        guard outcomes.count == 1, let snapshot = outcomes[0].dump?.snapshot else {
            throw CommandFailure(
                reason: "the text holds \(outcomes.count) dumps", help: "--save keeps one: cut the text to that.")
        }
        do {
            try SnapshotFile.save(snapshot, to: path)
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Maps that were named, then those of the binaries, which are made where there is none.
    private func signalMaps() throws -> [SignalMapFile] {
        var options = SignalMapOptions()
        options.debugInfo.debugDirectories = debugDirectories
        if !noCache { options.cache = SignalMapCache.defaultDirectory.map { SignalMapCache(directory: $0) } }
        do throws(SignalMapError) {
            var found: [SignalMapFile] = []
            for path in maps { found.append(try SignalMapFile(path: path)) }
            for path in executables {
                let mapping = try SignalMapping.of(path, options)
                for note in mapping.notes { Terminal.warn(note) }
                found.append(mapping.map)
            }
            return found
        } catch {
            throw CommandFailure(error)
        }
    }
}

/// What came of one dump of a text.
struct DumpOutcome {
    var file: String
    /// Nil where the text holds none.
    var dump: DumpReader.Dump?
    var assessment: Assessment?
    var carriers: [String]

    /// Where the dump stands in its text, and what was undone to read it.
    func header(_ index: Int, of count: Int) -> [String] {
        guard let dump else { return [] }
        let place =
            dump.lines.count == 1
            ? "line \(dump.lines.lowerBound)" : "lines \(dump.lines.lowerBound) to \(dump.lines.upperBound)"
        let name = file == "-" ? "standard input" : file
        var lines = [
            "\(count > 1 ? "Dump \(index + 1) of \(count): " : "")\(name), \(place), as \(dump.format) writes it"
                + (carriers.isEmpty ? "." : "; undone first: \(carriers.joined(separator: ", "))."),
            "",
        ]
        if count > 1 { lines.insert(String(repeating: "=", count: 72), at: 0) }
        return lines
    }

    /// A finding in any of them is one; else what could not be read counts.
    static func status(_ outcomes: [DumpOutcome]) -> ExitStatus {
        let all = outcomes.map { $0.assessment?.exitStatus ?? .noResult }
        if all.contains(.finding) { return .finding }
        if all.allSatisfy({ $0 == .noResult }) { return .noResult }
        return all.contains { $0 != .nothingStuck } ? .partial : .nothingStuck
    }
}
