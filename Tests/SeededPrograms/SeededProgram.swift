import Foundation
import TestSupport

/// One program of Fixtures/programs/seeded: a source file whose header says what is true of it.
public struct SeededProgram: Sendable {
    public enum Language: String, CaseIterable, Sendable {
        /// The raw value is the name of the folder and the extension of its files.
        case c, cpp, swift
    }

    public enum Failure: Error, CustomStringConvertible {
        /// A file that begins with no truth, and that no program names as its library.
        case stray(String)
        case missingLibrary(program: String, library: String)
        case noSuchProgram(String)

        public var description: String {
            switch self {
            case .stray(let path): "\(path) begins with no truth, and no program names it as its library"
            case .missingLibrary(let program, let library): "\(program) names \(library), which is not in its folder"
            case .noSuchProgram(let name): "no program is called \(name); deadwait-programs list shows them"
            }
        }
    }

    public static let folder = FixtureProgram.sources.appendingPathComponent("seeded")

    /// The source's name without its extension; the built program is called so, too.
    public let name: String
    public let language: Language
    public let truth: Truth
    /// The source's path.
    public let source: String
    /// The source, its libraries, and the headers of its folder: what it is built of.
    public let inputs: [String]

    /// `c/flush_workers_never_created`.
    public var title: String { "\(language.rawValue)/\(name)" }

    /// All programs, sorted by language and name; those called `names` (with or without `c/` before the name) if any
    /// are given. Throws for the first file that is no program.
    public static func all(named names: [String] = []) throws -> [SeededProgram] {
        let programs = try Language.allCases.flatMap { try Self.programs(of: $0) }
        if names.isEmpty { return programs }
        for name in names where !programs.contains(where: { [$0.name, $0.title].contains(name) }) {
            throw Failure.noSuchProgram(name)
        }
        return programs.filter { names.contains($0.name) || names.contains($0.title) }
    }

    private static func programs(of language: Language) throws -> [SeededProgram] {
        let folder = folder.appendingPathComponent(language.rawValue)
        func path(_ file: String) -> String { folder.appendingPathComponent(file).path }
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        let headers = files.filter { $0.hasSuffix(".h") }
        var programs: [SeededProgram] = []
        var others: Set<String> = []
        for file in files where !headers.contains(file) {
            let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
            guard file.hasSuffix(".\(language.rawValue)"), text.hasPrefix("/* truth") else {
                others.insert(file)
                continue
            }
            let truth = try TruthParser.parse(text, file: path(file))
            for library in truth.libraries where !files.contains(library) {
                throw Failure.missingLibrary(program: path(file), library: library)
            }
            programs.append(
                SeededProgram(
                    name: String(file.dropLast(language.rawValue.utf8.count + 1)), language: language, truth: truth,
                    source: path(file), inputs: ([file] + truth.libraries + headers).map(path)))
        }
        if let stray = others.subtracting(programs.flatMap(\.truth.libraries)).min() {
            throw Failure.stray(path(stray))
        }
        return programs
    }
}
