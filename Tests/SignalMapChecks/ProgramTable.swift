import SeededPrograms

/// What the checks of many programs come to, as tables.
public struct ProgramTable: Sendable {
    public let checks: [ProgramCheck]

    public init(_ checks: [ProgramCheck]) { self.checks = checks }

    /// What decides a row.
    private struct Key: Hashable, Comparable {
        var words: [String]
        static func < (left: Key, right: Key) -> Bool { left.words.lexicographicallyPrecedes(right.words) }
    }

    /// Soundness: of the functions that truly release an object, how many the map has. A row for each language,
    /// compiler, level and knowledge, and one for each knowledge of all.
    public var soundness: [[String]] {
        var rows = [
            [
                "language", "compiler", "level", "knowledge", "programs", "failed", "releases", "not asked", "true",
                "contained", "missed", "%",
            ]
        ]
        for (key, part) in groups { rows.append(key.words + Self.counts(part)) }
        for knowledge in ProgramKnowledge.allCases {
            let part = checks.filter { $0.knowledge == knowledge }
            if !part.isEmpty { rows.append(["all", "", "", knowledge.rawValue] + Self.counts(part)) }
        }
        return rows
    }

    private static func counts(_ checks: [ProgramCheck]) -> [String] {
        let releases = checks.flatMap(\.releases)
        let outcomes = releases.flatMap(\.outcomes).count
        let missed = releases.flatMap(\.misses).count
        let counts = [
            checks.count, checks.count { $0.failure != nil }, releases.count, releases.count { $0.unasked != nil },
            outcomes, outcomes - missed, missed,
        ]
        return counts.map(String.init) + [percent(outcomes - missed, of: outcomes)]
    }

    /// How sure the map is of the contained ones: they hold a matching site themselves, or come to one by a way whose
    /// weakest edge counts.
    public var reach: [[String]] {
        var rows = [
            ["knowledge"] + MatchLevel.allCases.map { "\($0)" } + ["hold it"] + EdgeLevel.allCases.map { "by \($0)" }
        ]
        for knowledge in ProgramKnowledge.allCases {
            let outcomes = checks.filter { $0.knowledge == knowledge }.flatMap(\.releases).flatMap(\.outcomes)
                .map(\.outcome)
            if outcomes.isEmpty { continue }
            var matches: [MatchLevel: Int] = [:]
            var edges: [EdgeLevel?: Int] = [:]
            for outcome in outcomes {
                switch outcome {
                case .holds(let match):
                    matches[match, default: 0] += 1
                    edges[nil, default: 0] += 1
                case .reaches(let way):
                    matches[way.match, default: 0] += 1
                    edges[way.edge, default: 0] += 1
                case .missed: break
                }
            }
            rows.append(
                [knowledge.rawValue] + MatchLevel.allCases.map { String(matches[$0] ?? 0) } + [String(edges[nil] ?? 0)]
                    + EdgeLevel.allCases.map { String(edges[$0] ?? 0) })
        }
        return rows
    }

    /// Precision: functions with a matching site that the map names, over those of them that the truth names, by how
    /// sure the match is.
    public var precision: [[String]] {
        var rows = [
            ["language", "compiler", "level", "knowledge", "named", "true", "ratio"]
                + MatchLevel.allCases.map { "\($0)" }
        ]
        func row(_ words: [String], _ part: [ProgramCheck]) {
            let named = part.flatMap(\.releases).flatMap(\.named)
            let isTrue = named.count { $0.isTrue }
            var row = words + [String(named.count), String(isTrue)]
            row.append(isTrue == 0 ? "" : Self.hundredths(named.count, isTrue))
            for level in MatchLevel.allCases {
                let here = named.filter { $0.level == level }
                row.append(here.isEmpty ? "" : "\(here.count)/\(here.count { $0.isTrue })")
            }
            rows.append(row)
        }
        for (key, part) in groups { row(key.words, part) }
        for knowledge in ProgramKnowledge.allCases {
            let part = checks.filter { $0.knowledge == knowledge }
            if !part.isEmpty { row(["all", "", "", knowledge.rawValue], part) }
        }
        return rows
    }

    /// A line for each miss and each failure.
    public func misses(_ knowledge: ProgramKnowledge) -> [String] {
        var lines: [String] = []
        for check in checks where check.knowledge == knowledge {
            let title = "\(check.title) (\(check.build), \(knowledge.rawValue))"
            if let failure = check.failure { lines.append("\(title): \(failure)") }
            for release in check.releases {
                for miss in release.misses {
                    lines.append(
                        "\(title): \(release.object), \(release.kind.rawValue): \(miss.function) \(miss.reason)")
                }
            }
        }
        return lines
    }

    /// A line for each function that a map names and the truth does not.
    public var falseNames: [String] {
        checks.flatMap { check in
            check.releases.flatMap { release in
                release.named.filter { !$0.isTrue }.map {
                    "\(check.title) (\(check.build), \(check.knowledge.rawValue)): \(release.object), "
                        + "\(release.identities.joined(separator: " or ")): \($0.function), \($0.level)"
                }
            }
        }
    }

    /// Why releases were not asked for, and how often.
    public var unasked: [[String]] {
        let reasons = checks.flatMap(\.releases).compactMap(\.unasked)
        return Dictionary(grouping: reasons) { $0 }.map { [String($1.count), $0] }.sorted { $0[1] < $1[1] }
    }

    private var groups: [(Key, [ProgramCheck])] {
        Dictionary(grouping: checks) { check in
            Key(words: [
                check.language.rawValue, check.build.compiler.rawValue, check.build.level, check.knowledge.rawValue,
            ])
        }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// With one decimal: `99.3`.
    static func percent(_ part: Int, of all: Int) -> String {
        if all == 0 { return "" }
        let tenths = part * 1000 / all
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func hundredths(_ part: Int, _ all: Int) -> String {
        let value = part * 100 / all
        return "\(value / 100).\(value % 100 < 10 ? "0" : "")\(value % 100)"
    }
}
