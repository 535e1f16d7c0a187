import Foundation
import Synchronization

/// What comparing a suite without and with a library has found.
public struct SuiteComparison: Sendable {
    /// A test that comes out in a way in which it never does without the library.
    public struct Difference: Sendable, CustomStringConvertible {
        public let test: String
        /// What it came to in each run without the library, and in each run with it.
        public let plain: [String], loaded: [String]

        public var description: String {
            "\(test): without \(plain.joined(separator: ", ")); with \(loaded.joined(separator: ", "))"
        }
    }

    public private(set) var differences: [Difference] = []
    /// How many tests there are by what they came to without the library.
    public private(set) var counts: [String: Int] = [:]
    /// Tests that were unequal at first and, repeated, gave no result that they do not also give without the library.
    public private(set) var unsteady: [Difference] = []

    /// Runs `cases`, `width` at a time, once without and once with `environment`. The tests that differ are repeated
    /// `repeats` times in both ways, alone.
    public static func run(
        _ cases: [SuiteCase], environment: [String: String], width: Int, repeats: Int = 5
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
                try comparison.repeat(cases[index], plain, loaded, environment: environment, repeats: repeats)
            }
        }
        return comparison
    }

    private mutating func `repeat`(
        _ one: SuiteCase, _ plain: SuiteResults, _ loaded: SuiteResults, environment: [String: String], repeats: Int
    ) throws {
        var without = [plain]
        var with = [loaded]
        for _ in 0..<repeats {
            // Who is only slow on a busy machine ends in a multiple of its time; who hangs does not.
            without.append(try one.results(with: [:], patience: 6))
            with.append(try one.results(with: environment, patience: 6))
        }
        let names = Set(plain.keys).union(loaded.keys).filter { plain[$0] != loaded[$0] }
        for name in names.sorted() {
            let difference = Difference(
                test: name, plain: without.map { $0[name] ?? "missing" }, loaded: with.map { $0[name] ?? "missing" })
            // The first runs shared the machine with others: what they alone have seen may be due to that.
            let seen = Set(difference.plain)
            if difference.loaded.dropFirst().allSatisfy(seen.contains) {
                unsteady.append(difference)
            } else {
                differences.append(difference)
            }
        }
    }
}
