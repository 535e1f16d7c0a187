import Glibc

/// Counts the instructions that the analysis of a kept core takes, under valgrind's callgrind, and compares them with
/// the kept counts.
///
/// A count does not depend on what else the machine does; two runs differ by some 0.01 %. It does depend on the
/// compiler, on the versions of libdw and libc and, through the variants of memcpy that libc chooses, a little on the
/// processor. The inputs are kept, program and core, so that nothing else differs. Growth beyond the tolerance is a
/// regression or wants an explanation: then `--callgrind --accept` keeps the new counts. A count that is lower by more
/// than the tolerance is to be kept, too, so that the gain is guarded.
struct InstructionGuard {
    let product: Product
    let scratch: String

    /// How far a count may be from the kept one.
    static let tolerance = 0.03

    /// What is counted. Nil options: only start and end, which the others contain, too.
    private static let cases: [(name: String, options: [String]?)] = [
        ("start", nil), ("lines", []), ("names", ["--names-only"]), ("json", ["--format", "json"]),
    ]

    /// Returns whether all counts are within the tolerance.
    func run(accept: Bool) throws(BenchmarkError) -> Bool {
        guard Files.inPath("valgrind") else { throw .missing(tool: "valgrind", package: "valgrind") }
        let here = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        let folder = "\(here.dropLast(3).joined(separator: "/"))/Fixtures/benchmarks"
        try Files.makeFolder(scratch)
        let program = "\(scratch)/cond-64"
        let core = "\(scratch)/cond-64.core"
        try ChildProcess.require(["xz", "-dc", "\(folder)/cond-64.xz"], output: program)
        try ChildProcess.require(["xz", "-dc", "\(folder)/cond-64.core.xz"], output: core)
        // valgrind 3.19 gives up at the DWARF 5 of a Swift program, its own included.
        let bare = Product(path: "\(scratch)/deadwait-without-debug")
        try ChildProcess.require(["strip", "--strip-debug", "-o", bare.path, product.path])
        let kept = "\(folder)/instructions.txt"
        let before = Files.exists(kept) ? Self.counts(try Files.text(kept)) : [:]
        var counts: [(name: String, count: Int)] = []
        var met = true
        print("analysis".padded(to: 12) + "instructions".padded(to: 16, left: true) + "kept".padded(to: 16, left: true))
        for (name, options) in Self.cases {
            let command = options.map { bare.stacks(core: core, executable: program, $0) } ?? [bare.path, "--help"]
            let count = try count(command)
            counts.append((name, count))
            let line = name.padded(to: 12) + String(count).padded(to: 16, left: true)
            guard let old = before[name] else {
                met = false
                print(line + "-".padded(to: 16, left: true) + "  nothing to compare with")
                continue
            }
            let change = Double(count - old) / Double(max(old, 1))
            let isWithin = change.magnitude <= Self.tolerance
            if !isWithin { met = false }
            print(
                line + String(old).padded(to: 16, left: true)
                    + "  \((change * 100).text(decimals: 2)) % \(isWithin ? "" : change > 0 ? "MORE" : "LESS: keep it")"
            )
        }
        if accept {
            try Files.write(counts.map { "\($0.name) \($0.count)\n" }.joined(), to: kept)
            print("kept in \(kept)")
        } else if !met {
            print(
                "more than \((Self.tolerance * 100).text(decimals: 0)) % from the kept counts; to keep the new ones: --callgrind --accept"
            )
        }
        return met || accept
    }

    /// The instructions of the command and of all processes that it forks.
    private func count(_ command: [String]) throws(BenchmarkError) -> Int {
        let folder = "\(scratch)/callgrind"
        try ChildProcess.require(["rm", "-rf", folder])
        try Files.makeFolder(folder)
        let valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=\(folder)/%p"]
        let outcome = try ChildProcess.run(valgrind + command)
        guard outcome.status <= 2 else { throw .command(command, status: outcome.status) }
        try ChildProcess.run(["grep", "-h", "^totals:", "-r", folder], output: "\(scratch)/totals")
        let totals = try Files.text("\(scratch)/totals").split(separator: "\n")
        let sum = totals.reduce(0) { $0 + ($1.split(separator: " ").last.flatMap { Int($0) } ?? 0) }
        guard sum > 0 else { throw .unreadable(path: folder, reason: "callgrind wrote no totals") }
        return sum
    }

    static func counts(_ text: String) -> [String: Int] {
        var counts: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ")
            if fields.count == 2, let count = Int(fields[1]) { counts[String(fields[0])] = count }
        }
        return counts
    }
}
