import Foundation
import Synchronization

/// What comparing a suite without and with a library has found.
public struct SuiteComparison: Sendable {
    /// A test, and what it came to, run by run.
    public struct Difference: Sendable, CustomStringConvertible {
        public let test: String
        /// What it came to in each run without the library, and in each run with it.
        public fileprivate(set) var plain: [String], loaded: [String]

        /// How often it came with the library to what it never came to without, of such outcomes the most frequent.
        fileprivate var mostOwn: Int {
            let own = loaded.filter { !plain.contains($0) }
            return Dictionary(own.map { ($0, 1) }, uniquingKeysWith: +).values.max() ?? 0
        }

        public var description: String {
            "\(test): without \(plain.joined(separator: ", ")); with \(loaded.joined(separator: ", "))"
        }
    }

    /// Tests that come out in a way in which they never do without the library, and that too often for chance.
    public private(set) var differences: [Difference] = []
    /// How many tests there are by what they came to without the library.
    public private(set) var counts: [String: Int] = [:]
    /// Tests that were unequal at first and, repeated, were not shown to be so by the library.
    public private(set) var unsteady: [Difference] = []

    /// What comes to a test `enough` times with the library and never in as many runs without it is no chance: were it as
    /// likely in both, that would be 1 in 2 to the power of `enough`. Tests that race by themselves come to this or that a
    /// few times in a hundred, more often the busier the machine is.
    static let enough = 10
    /// How often a test that is undecided is run both ways. Of what comes in one run of six `enough` are seen by then.
    static let mostRounds = 60
    /// The fewest rounds after which a test of which nothing of its own was seen counts as equal.
    static let fewestRounds = 5

    /// Runs `cases`, `width` at a time, once without and once with `environment`. The tests that differ are repeated in
    /// both ways, alone, until it is decided whether that is the library's doing.
    public static func run(
        _ cases: [SuiteCase], environment: [String: String], width: Int
    ) throws -> SuiteComparison {
        let first = Mutex<[Int: Result<(SuiteResults, SuiteResults), any Error>]>([:])
        let next = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: width) { _ in
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < cases.count else { return }
                let result = Result {
                    (try cases[index].results(with: [:]), try cases[index].results(with: environment))
                }
                first.withLock { $0[index] = result }
            }
        }
        var comparison = SuiteComparison()
        for (index, result) in first.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            let (plain, loaded) = try result.get()
            for word in plain.values { comparison.counts[word, default: 0] += 1 }
            if plain != loaded {
                let names = Set(plain.keys).union(loaded.keys).filter { plain[$0] != loaded[$0] }
                try comparison.repeat(cases[index], names.sorted(), environment: environment)
            }
        }
        return comparison
    }

    /// The first runs do not count: they shared the machine with others.
    private mutating func `repeat`(_ one: SuiteCase, _ names: [String], environment: [String: String]) throws {
        var undecided = names.map { Difference(test: $0, plain: [], loaded: []) }
        for round in 1...Self.mostRounds where !undecided.isEmpty {
            // Who is only slow on a busy machine ends in a multiple of its time; who hangs does not.
            let plain = try one.results(with: [:], patience: 3)
            let loaded = try one.results(with: environment, patience: 3)
            for index in undecided.indices {
                undecided[index].plain.append(plain[undecided[index].test] ?? "missing")
                undecided[index].loaded.append(loaded[undecided[index].test] ?? "missing")
            }
            differences += undecided.filter { $0.mostOwn >= Self.enough }
            let settled = undecided.filter { $0.mostOwn == 0 && round >= Self.fewestRounds || round == Self.mostRounds }
            unsteady += settled.filter { $0.mostOwn < Self.enough }
            undecided.removeAll { $0.mostOwn >= Self.enough || settled.map(\.test).contains($0.test) }
        }
    }
}
