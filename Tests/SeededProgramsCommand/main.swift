import ArgumentParser
import Foundation
import SeededPrograms
import TestSupport

/// The seeded programs of Fixtures/programs/seeded.
struct DeadwaitPrograms: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deadwait-programs",
        abstract: "Build the seeded programs, check their headers, and hold the tool against these.",
        subcommands: [List.self, Build.self, Verify.self, Accept.self])
}

struct Selection: ParsableArguments {
    @Argument(help: "Programs, such as flush_workers_never_created or c/flush_workers_never_created; all if none.")
    var names: [String] = []

    @Option(help: "Build variants with commas: gcc-O0-g, clang-O3, gcc-O2-strip, swift-O; or `all` for the matrix.")
    var variants: String?

    func chosen(_ usual: [BuildVariant]) throws -> [BuildVariant] {
        guard let variants else { return usual }
        if variants == "all" { return BuildVariant.matrix }
        return try variants.split(separator: ",").map { name in
            guard let variant = BuildVariant(String(name)) else {
                throw ValidationError("\(name) is no build variant: COMPILER-LEVEL[-g][-strip]")
            }
            return variant
        }
    }
}

struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print how many programs there are of each class.")

    func run() throws {
        let programs = try SeededProgram.all()
        var rows = [["class"] + SeededProgram.Language.allCases.map(\.rawValue) + ["all"]]
        func row(_ title: String, _ programs: [SeededProgram]) -> [String] {
            let counts = SeededProgram.Language.allCases.map { language in programs.count { $0.language == language } }
            return [title] + (counts + [programs.count]).map { $0 == 0 ? "" : String($0) }
        }
        for one in Truth.Class.allCases {
            let members = programs.filter { $0.truth.class == one }
            if !members.isEmpty { rows.append(row(one.rawValue, members)) }
        }
        rows.append(row("all", programs))
        printTable(rows)
        print()
        printTable(programs.map { [$0.title, $0.truth.class.rawValue, $0.truth.title] })
    }
}

struct Build: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Build programs in each variant of the matrix, unless they are built already.")

    @OptionGroup var selection: Selection

    func run() throws {
        let variants = try selection.chosen(BuildVariant.matrix)
        let programs = try SeededProgram.all(named: selection.names)
        let start = Date()
        let matrix = ProgramMatrix(programs, variants)
        var rows = [["variant", "programs", "built", "failed", "seconds each", "seconds"]]
        for variant in variants {
            let cells = matrix.cells.filter { $0.variant == variant }
            if cells.isEmpty { continue }
            let done = cells.compactMap { try? $0.result.get() }
            let times = done.compactMap(\.seconds)
            let sum = times.reduce(0, +)
            rows.append([
                variant.description, String(cells.count), String(times.count), String(cells.count - done.count),
                times.isEmpty ? "" : String(format: "%.2f", sum / Double(times.count)), String(format: "%.1f", sum),
            ])
        }
        printTable(rows)
        for failure in matrix.failures { print("FAILED: \(failure)") }
        print(
            "\(matrix.cells.count) builds of \(programs.count) programs in",
            String(format: "%.1f s; they are in \(BuiltProgram.products.path)", -start.timeIntervalSinceNow))
        if !matrix.failures.isEmpty { throw ExitCode(1) }
    }
}

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check that programs do what their headers say: exit status 1 if one does not.")

    @OptionGroup var selection: Selection
    @Option(help: "How many programs at a time.") var width = 16
    @Flag(help: "Also print what could not be checked.") var unchecked = false

    func run() throws {
        let matrix = ProgramMatrix(
            try SeededProgram.all(named: selection.names), try selection.chosen(BuildVariant.usual))
        for failure in matrix.failures { print("FAILED: \(failure)") }
        let results = matrix.built.inParallel(width: width) { ProgramVerifier().verify($0) }
        for result in results {
            let word = result.violations.isEmpty ? "true" : "NOT TRUE"
            print(
                String(format: "%5.1f s", result.seconds),
                "\(result.name): \(word), \(result.checks) checks, \(result.unchecked.count) things not checked")
            for violation in result.violations { print("    \(violation)") }
            if unchecked { for what in result.unchecked { print("    not checked: \(what)") } }
        }
        let wrong = results.count { !$0.violations.isEmpty }
        print("\(results.count) programs, \(wrong) of them not as their truth says")
        if wrong > 0 || !matrix.failures.isEmpty { throw ExitCode(1) }
    }
}

func printTable(_ rows: [[String]]) {
    for line in tableLines(rows) { print(line) }
}

DeadwaitPrograms.main()
