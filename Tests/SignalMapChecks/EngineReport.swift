import Foundation

/// An engine that was run and held against the maps of its files, for people.
public struct EngineReport {
    public let name: String
    public let check: EngineCheck
    public let observation: EngineObservation
    /// What the engine's run and the maps took.
    public let seconds: (run: Double, maps: Double)
    private let functionNames: [FileAddress: String]

    /// Runs the engine, then makes the maps.
    public init<Maker: MapMaker>(_ engine: EngineWorkload, _ maker: Maker) throws {
        name = engine.name
        let files = try engine.modules
        let start = ContinuousClock.now
        observation = try engine.observe()
        let seen = ContinuousClock.now
        check = EngineCheck(observation, try maker.answers(for: files))
        seconds = ((seen - start) / .seconds(1), (ContinuousClock.now - seen) / .seconds(1))
        var names: [FileAddress: String] = [:]
        for place in check.misses.flatMap(\.places) where files.contains(place.module) {
            names[place] = try FunctionNames.name(at: place.address &- 1, of: place.module)
        }
        functionNames = names
    }

    /// A line for each miss: what, where, of which object.
    public var misses: [String] {
        check.misses.map { miss in
            let places = miss.places.map { place in
                functionNames[place].map { "\(place) in \($0)" } ?? "\(place)"
            }
            return "\(miss.what.rawValue): \(places.joined(separator: ", ")): \(miss.subject)"
        }.sorted()
    }

    /// A line for each call that was seen.
    public var seen: [String] {
        func lines(_ title: String, _ places: Set<FileAddress>) -> [String] {
            places.map { "\(name): \(title) at \($0)" }.sorted()
        }
        return lines("waits", observation.sites(\.waits)) + lines("signals", observation.sites(\.signals))
            + lines("creates", Set(observation.creations.compactMap(\.stack.first)))
    }

    public static func explained(_ reports: [EngineReport]) -> [[String]] {
        let head = [
            "engine", "looks", "objects", "waited on and signalled", "wait sites", "signal sites", "pairs",
            "creation sites", "start routines", "missing",
        ]
        return [head]
            + reports.map { report in
                let check = report.check
                func words(_ count: EngineCheck.Count) -> String { "\(count.explained) of \(count.seen)" }
                return [
                    report.name, String(report.observation.looks), String(report.observation.objects.count),
                    String(report.observation.objects.count { !$0.waits.isEmpty && !$0.signals.isEmpty }),
                    words(check.waitSites), words(check.signalSites), words(check.pairs), words(check.creationSites),
                    words(check.starts), String(check.misses.count),
                ]
            }
    }

    public static func levels(_ reports: [EngineReport]) -> [[String]] {
        [["engine"] + MatchLevel.allCases.map { "\($0)" }]
            + reports.map { report in
                [report.name] + MatchLevel.allCases.map { String(report.check.levels[$0] ?? 0) }
            }
    }

    public static func notJudged(_ reports: [EngineReport]) -> [[String]] {
        var rows = [
            ["engine", "stacks in other files", "start routines not seen", "start routines that may be any", "lost"]
        ]
        for report in reports {
            let lost = report.observation.losses.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
            rows.append([
                report.name, String(report.check.outside), String(report.check.startsUnseen),
                String(report.check.startsOpen), lost.joined(separator: "; "),
            ])
        }
        return rows
    }
}
