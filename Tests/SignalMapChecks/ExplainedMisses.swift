import Foundation
import TestSupport

/// Misses that are known, each with the reason why the map cannot have what the truth names, or why the truth cannot be
/// asked for there.
///
/// A text of one line each, parts separated by ` | `: program, builds with commas, object, function, reason. Empty lines
/// and those that begin with # say nothing.
public struct ExplainedMisses: Sendable {
    /// One line, for one of its builds.
    struct Entry: Hashable, Sendable {
        var program: String
        var build: String
        var object: String
        var function: String
    }

    public enum Failure: Error, CustomStringConvertible {
        case malformed(line: Int, text: String)
        case repeated(line: Int, text: String)

        public var description: String {
            switch self {
            case .malformed(let line, let text):
                "line \(line) is not of the form `program | builds | object | function | reason`: \(text)"
            case .repeated(let line, let text): "line \(line) explains again what another one does: \(text)"
            }
        }
    }

    /// What a run has missed, held against the list.
    public struct Judgement: Sendable {
        /// Misses that nobody has explained, as lines.
        public internal(set) var new: [String] = []
        /// Misses with their reasons, as lines, by reason.
        public internal(set) var explained: [(reason: String, misses: [String])] = []
        /// Lines of the list whose miss is none any more.
        public internal(set) var stale: [String] = []

        public var isRight: Bool { new.isEmpty && stale.isEmpty }
    }

    private(set) var reasons: [Entry: String] = [:]

    public static let path = FixtureProgram.repository.appendingPathComponent("Fixtures/map-check/programs.txt")

    /// The list of the repository.
    public static func read() throws -> ExplainedMisses {
        try ExplainedMisses(try String(contentsOf: path, encoding: .utf8))
    }

    public init(_ text: String) throws {
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.isEmpty || line.hasPrefix("#") { continue }
            let parts = line.components(separatedBy: " | ")
            guard parts.count == 5, parts.allSatisfy({ !$0.isEmpty }) else {
                throw Failure.malformed(line: number + 1, text: String(line))
            }
            for build in parts[1].split(separator: ",") {
                let entry = Entry(program: parts[0], build: String(build), object: parts[2], function: parts[3])
                guard reasons.updateValue(parts[4], forKey: entry) == nil else {
                    throw Failure.repeated(line: number + 1, text: String(line))
                }
            }
        }
    }

    /// Of the checks with debug information. Lines about programs and builds that were not checked are not judged.
    public func judge(_ checks: [ProgramCheck]) -> Judgement {
        var judgement = Judgement()
        var byReason: [String: [String]] = [:]
        var left = Set(reasons.keys)
        var seen: Set<[String]> = []
        for check in checks where check.knowledge == .debugInformation {
            let build = String(check.build.description.dropLast(check.build.description.hasSuffix("-g") ? 2 : 0))
            // Nothing is known of what could not be looked at.
            if check.failure == nil { seen.insert([check.title, build]) }
            if let failure = check.failure { judgement.new.append("\(check.title) (\(build)): \(failure)") }
            for release in check.releases {
                for miss in release.misses {
                    let entry = Entry(
                        program: check.title, build: build, object: release.object, function: miss.function)
                    let line =
                        "\(check.title) (\(build)): \(release.object), \(release.kind.rawValue): \(miss.function) "
                        + miss.reason
                    left.remove(entry)
                    if let reason = reasons[entry] {
                        byReason[reason, default: []].append(line)
                    } else {
                        judgement.new.append(line)
                    }
                }
            }
        }
        judgement.explained = byReason.sorted { $0.key < $1.key }.map { ($0.key, $0.value.sorted()) }
        judgement.stale = left.filter { seen.contains([$0.program, $0.build]) }.map {
            "\($0.program) (\($0.build)): \($0.object): \($0.function)"
        }.sorted()
        return judgement
    }
}
