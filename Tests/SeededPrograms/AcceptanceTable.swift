/// The results of an acceptance run as rows of cells: by class and build, and summed up by build.
public struct AcceptanceTable: Sendable {
    /// How many of each outcome, and how many programs with a false suspicion.
    public struct Count: Equatable, Sendable {
        public var outcomes: [Judgement.Outcome: Int] = [:]
        public var falselySuspected = 0

        public mutating func add(_ judgement: Judgement) {
            outcomes[judgement.outcome, default: 0] += 1
            if !judgement.falseSuspicions.isEmpty { falselySuspected += 1 }
        }

        public var all: Int { outcomes.values.reduce(0, +) }
        public subscript(outcome: Judgement.Outcome) -> Int { outcomes[outcome] ?? 0 }
        /// Right, suspected ones among them.
        public var found: Int { Judgement.Outcome.allCases.filter(\.isFound).reduce(0) { $0 + self[$1] } }
    }

    private let results: [AcceptanceRun.Result]
    private let inputs: [AcceptanceRun.Input]

    public init(_ results: [AcceptanceRun.Result], inputs: [AcceptanceRun.Input]) {
        self.results = results
        self.inputs = inputs
    }

    public func count(_ input: AcceptanceRun.Input, where isCounted: (BuiltProgram) -> Bool) -> Count {
        var count = Count()
        for result in results where isCounted(result.built) {
            if let judgement = result.judgements[input] { count.add(judgement) }
        }
        return count
    }

    private var variants: [BuildVariant] {
        var seen: Set<BuildVariant> = []
        return results.map(\.built.variant).filter { seen.insert($0).inserted }
    }

    private static let numbers = ["right", "of these suspected", "cannot tell", "wrong", "falsely suspected"]

    private static func cells(_ count: Count) -> [String] {
        [count.found, count[.suspected], count[.cannotTell], count[.wrong], count.falselySuspected].map(String.init)
    }

    /// One row a class, build and input.
    public var rows: [[String]] {
        var rows = [["class", "build", "input", "programs"] + Self.numbers]
        for one in Truth.Class.allCases {
            for variant in variants {
                for input in inputs {
                    let count = count(input) { $0.variant == variant && $0.program.truth.class == one }
                    if count.all == 0 { continue }
                    rows.append(
                        [one.rawValue, variant.description, input.rawValue, String(count.all)] + Self.cells(count))
                }
            }
        }
        return rows
    }

    /// One row a build and input for those with a defect, one for the healthy ones.
    public var sums: [[String]] {
        var rows = [["build", "input", "", "programs"] + Self.numbers + ["right, %"]]
        for variant in variants {
            for input in inputs {
                let (ill, well) = (
                    count(input) { $0.variant == variant && $0.program.truth.class != .healthy },
                    count(input) { $0.variant == variant && $0.program.truth.class == .healthy }
                )
                for (name, count) in [("with a defect", ill), ("healthy", well)] where count.all > 0 {
                    let tenths = (count.found * 1000 + count.all / 2) / count.all
                    rows.append(
                        [variant.description, input.rawValue, name, String(count.all)] + Self.cells(count)
                            + ["\(tenths / 10).\(tenths % 10)"])
                }
            }
        }
        return rows
    }

    /// What is not right, and what was suspected of those who are fine: a line each.
    public var remarks: [String] {
        results.flatMap { result in
            inputs.flatMap { input -> [String] in
                guard let judgement = result.judgements[input] else { return [] }
                let name = "\(result.built.program.title) (\(result.built.variant), \(input.rawValue))"
                var lines: [String] = []
                if judgement.outcome != .right {
                    lines.append("\(name): \(judgement.outcome.rawValue): \(judgement.reason)")
                }
                return lines + judgement.falseSuspicions.map { "\(name): falsely suspected: \($0)" }
            }
        }
    }

    public var wrong: Int {
        results.reduce(0) { $0 + $1.judgements.values.count { $0.outcome == .wrong } }
    }
}
