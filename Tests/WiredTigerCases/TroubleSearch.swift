import Foundation
import Synchronization
import TestSupport

/// Tries one trouble after the other until the driver comes out as wanted.
///
/// At which limit it does what depends on the size of a thread's stack (`ulimit -s`), on the machine's libraries and on
/// what is preloaded: so no limit is known before.
public struct TroubleSearch: Sendable {
    public struct Attempt: Hashable, Sendable {
        public var trouble: EngineTrouble
        public var outcome: EngineOutcome
    }

    public struct Found {
        public var attempts: [Attempt]
        /// The last of the attempts: what was looked for.
        public var trouble: EngineTrouble
        public var outcome: EngineOutcome
        /// The run that came out so; alive if it hangs.
        public var run: EngineRun
    }

    public enum Failure: Error, CustomStringConvertible {
        case notFound([Attempt])

        public var description: String {
            switch self {
            case .notFound(let attempts):
                "WiredTiger never came out as wanted: "
                    + attempts.map { "\($0.trouble): \($0.outcome)" }.joined(separator: "; ")
            }
        }
    }

    /// Where a search begins to look again, since its kind was found there before.
    private struct Known: Hashable {
        var search: [String]
        var wanted: String
    }

    private static let known = Mutex<[Known: EngineTrouble]>([:])

    public var build: EngineBuild
    public var environment: [String: String]

    public init(_ build: EngineBuild = .debian, environment: [String: String] = [:]) {
        self.build = build
        self.environment = environment
    }

    public func attempt(_ trouble: EngineTrouble?) throws -> (run: EngineRun, outcome: EngineOutcome) {
        let run = try start(trouble)
        return (run, try run.outcome())
    }

    private func start(_ trouble: EngineTrouble?) throws -> EngineRun {
        try EngineRun(build.driver(), trouble, environment: environment)
    }

    /// The lowest limit of the address space at which the driver hangs, in steps of 4 MiB, or finer ones if none does.
    public func hangByLimit() throws -> Found {
        try first("hang by limit", in: Self.limits) { $0.isHang }
    }

    /// The lowest limit at which it crashes.
    public func crashByLimit() throws -> Found {
        try first("crash by limit", in: Self.limits) { $0.isCrash }
    }

    /// The first creation whose failure, and that of all later ones, makes it hang.
    public func hangByCreation() throws -> Found {
        try first("hang by creation", in: [(1...64).map { .failedCreations(from: $0) }]) { $0.isHang }
    }

    private static let limits: [[EngineTrouble]] = [4, 2, 1].map { step in
        stride(from: 16, through: 1024, by: step).map { .addressSpace(mebibytes: $0) }
    }

    /// Tries each list until the driver is out of trouble.
    private func first(
        _ wanted: String, in lists: [[EngineTrouble]], where isWanted: (EngineOutcome) -> Bool
    ) throws -> Found {
        let key = Known(search: [build.rawValue] + environment.map { "\($0.key)=\($0.value)" }.sorted(), wanted: wanted)
        var attempts: [Attempt] = []
        for list in [Self.known.withLock { $0[key] }.map { [$0] } ?? []] + lists {
            var rest = list[...]
            while !rest.isEmpty {
                // Several at once: the engine tries a failing creation for half a second, asleep for the most part.
                let batch = try rest.prefix(4).map { ($0, try start($0)) }
                rest = rest.dropFirst(4)
                for (trouble, run) in batch {
                    let outcome = try run.outcome()
                    attempts.append(Attempt(trouble: trouble, outcome: outcome))
                    if isWanted(outcome) {
                        Self.known.withLock { $0[key] = trouble }
                        return Found(attempts: attempts, trouble: trouble, outcome: outcome, run: run)
                    }
                    if outcome == .ok { rest = [] }
                }
            }
        }
        throw Failure.notFound(attempts)
    }
}
