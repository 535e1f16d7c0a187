import ArgumentParser
import SeededPrograms
import SignalMapChecks
import TestSupport

struct Programs: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Hold the maps of seeded programs against their truths: who would have released what.",
        discussion: """
            Each program is built with debug information, run once to see where its threads wait, and mapped with that, \
            with its symbols only, and stripped. Exit status 1 if a true signaller is missing from a map that was made \
            with debug information and Fixtures/map-check/programs.txt does not say why, or if one is not missing that is \
            said to be.
            """)

    @Argument(help: "Programs, such as flush_workers_never_created or c/flush_workers_never_created; all if none.")
    var names: [String] = []

    @Option(name: .customLong("class"), help: "Programs of these classes only, with commas: dead-wait, healthy.")
    var classes: String?

    @Option(help: "The first so many programs of each language only.") var limit: Int?

    @Option(
        help: "Builds with commas, as gcc-O2 or swift-Onone; `all`: gcc and clang at each level, and both of Swift.")
    var build = "gcc-O2,swift-O"

    @Option(help: "With commas: dwarf, symbols, stripped.") var knowledge = "dwarf,symbols,stripped"

    @Flag(help: "Also list what is missing from maps of binaries without debug information.") var all = false

    @Flag(help: "Also list the functions that the maps name and the truths do not.") var named = false

    private func selection() throws -> ProgramSelection {
        var selection = ProgramSelection(programs: try SeededProgram.all(named: names))
        if let classes {
            let wanted = try classes.split(separator: ",").map { word in
                guard let one = Truth.Class(rawValue: String(word)) else {
                    throw ValidationError("\(word) is no class of seeded programs")
                }
                return one
            }
            selection.programs.removeAll { !wanted.contains($0.truth.class) }
        }
        if let limit {
            selection.programs = SeededProgram.Language.allCases.flatMap { language in
                selection.programs.filter { $0.language == language }.prefix(limit)
            }
        }
        if build != "all" {
            selection.builds = try build.split(separator: ",").map { word in
                guard let variant = BuildVariant("\(word)-g") else {
                    throw ValidationError("\(word) is no build: COMPILER-LEVEL")
                }
                return variant
            }
        }
        selection.knowledge = try knowledge.split(separator: ",").map { word in
            guard let one = ProgramKnowledge(rawValue: String(word)) else {
                throw ValidationError("\(word) is none of \(ProgramKnowledge.allCases.map(\.rawValue))")
            }
            return one
        }
        return selection
    }

    func run() throws {
        let clock = ContinuousClock()
        let start = clock.now
        let selection = try selection()
        let explained = try ExplainedMisses.read()
        let (checks, failures) = selection.checks(MappedFiles())
        let table = ProgramTable(checks)
        for failure in failures { print("FAILED: \(failure)") }
        print("Which true signallers the maps have:")
        print(lines: tableLines(table.soundness))
        print("\nBy which edges:")
        print(lines: tableLines(table.reach))
        print("\nFunctions with a matching site: how many are named, of these true; by how sure the match is:")
        print(lines: tableLines(table.precision))
        print("\nReleases that were not asked for:")
        print(lines: tableLines(table.unasked))
        for knowledge in selection.knowledge where all && knowledge != .debugInformation {
            let misses = table.misses(knowledge)
            print("\nMissing, \(knowledge.rawValue): \(misses.count)")
            print(lines: misses)
        }
        let judgement = explained.judge(checks)
        for (reason, misses) in judgement.explained {
            print("\nMissing, explained: \(misses.count): \(reason)")
            print(lines: misses)
        }
        print("\nMissing, not explained: \(judgement.new.count)")
        print(lines: judgement.new)
        if !judgement.stale.isEmpty {
            print("\nExplained in \(ExplainedMisses.path.lastPathComponent), and not missing: \(judgement.stale.count)")
            print(lines: judgement.stale)
        }
        if named { print(lines: ["", "Named, and not by the truth:"] + table.falseNames) }
        print("\n\(checks.count) maps in \(start.duration(to: clock.now))")
        if !failures.isEmpty || !judgement.isRight { throw ExitCode(1) }
    }
}

func print(lines: [String]) {
    for line in lines { print(line) }
}
