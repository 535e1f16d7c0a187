import Foundation
import Testing

/// The repository's rules that a compiler does not hold, read from the files themselves.
@Suite struct HouseTests {
    static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Every Swift and C file of Sources and Tests, by its path from the repository's root.
    static let files: [(path: String, text: String)] = ["Sources", "Tests"].flatMap { folder in
        (FileManager.default.enumerator(atPath: repository.appendingPathComponent(folder).path)?.allObjects ?? [])
            .compactMap { $0 as? String }
            .filter { [".swift", ".c", ".h"].contains(where: $0.hasSuffix) }
            .sorted()
            .compactMap { name in
                let path = "\(folder)/\(name)"
                return (try? String(contentsOf: repository.appendingPathComponent(path), encoding: .utf8)).map {
                    (path, $0)
                }
            }
    }

    static let manifest =
        (try? String(contentsOf: repository.appendingPathComponent("Package.swift"), encoding: .utf8)) ?? ""

    /// Modules of other packages, by what Package.swift calls them.
    static let packages = [
        "argumentParser": "ArgumentParser", "collections": "DequeModule", "log": "Logging",
        "systemPackage": "SystemPackage",
    ]

    /// What each target of Package.swift may import, by its name, as its `dependencies` say.
    static let allowed: [String: Set<String>] = {
        var allowed: [String: Set<String>] = [:]
        let pattern =
            /\.(target|executableTarget|testTarget|plugin)\(\s*name: "(\w+)"(?:,\s*dependencies: \[([^\]]*)\])?/
        for match in manifest.matches(of: pattern) {
            var names = Set((match.output.3 ?? "").matches(of: /"(\w+)"/).map { String($0.output.1) })
            for (name, module) in packages where match.output.3?.contains(name) == true { names.insert(module) }
            // Runs in the package manager, never in the product.
            if match.output.1 == "plugin" { names = ["PackagePlugin", "Foundation"] }
            allowed[String(match.output.2)] = names
        }
        return allowed
    }()

    static let programs = Set(
        manifest.matches(of: /\.executableTarget\(\s*name: "(\w+)"/).map { String($0.output.1) })

    /// Modules of the toolchain and the system, which any room may import.
    static let system: Set<String> = ["Glibc", "Synchronization"]
    /// Foundation is for tests; Reports may take its JSON.
    static let foundation: Set<String> = ["Foundation", "FoundationEssentials", "Dispatch", "Testing"]

    @Test func theFilesAreFound() {
        #expect(Self.files.count > 30)
        #expect(Self.allowed.count > 15)
        #expect(Self.allowed["Reports"] == ["ProcessModel", "Diagnosis"])
    }

    @Test func aModuleImportsOnlyWhatStandsBeforeIt() {
        for (path, text) in Self.files where path.hasSuffix(".swift") {
            let parts = path.split(separator: "/")
            let isTest = parts[0] == "Tests"
            guard let may = Self.allowed[String(parts[1])] else {
                Issue.record("\(path) lies in no target of Package.swift")
                continue
            }
            let pattern =
                /(?m)^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:public |package |internal |private )?import (?:\w+ )??(\w+)/
            for match in Self.withoutTextBlocks(text).matches(of: pattern) {
                let name = String(match.output.1)
                if may.contains(name) || Self.system.contains(name) { continue }
                if isTest, Self.foundation.contains(name) || Self.reachable(from: may).contains(name) { continue }
                if parts[1] == "Deadwait" { continue }
                if name == "FoundationEssentials", parts[1] == "Reports" { continue }
                Issue.record("\(path) imports \(name), which Package.swift does not give to \(parts[1])")
            }
        }
    }

    /// The source without its multi-line literals, which may hold programs of other languages.
    static func withoutTextBlocks(_ text: String) -> String {
        text.components(separatedBy: "\"\"\"").enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
            .joined(separator: "\n")
    }

    /// The targets that `names` lead to over any number of steps: a test may import what its subject stands on.
    static func reachable(from names: Set<String>) -> Set<String> {
        var seen = names
        var open = Array(names)
        while let name = open.popLast() {
            for next in allowed[name] ?? [] where seen.insert(next).inserted { open.append(next) }
        }
        return seen
    }

    @Test func everyTestTargetHasTests() {
        for name in Self.allowed.keys where name.hasSuffix("Tests") {
            let has = Self.files.contains { $0.path.hasPrefix("Tests/\(name)/") && $0.text.contains("@Test") }
            #expect(has, "\(name) has no test")
        }
    }

    @Test func theWayHasNoWayBack() {
        for (name, direct) in Self.allowed {
            #expect(!direct.contains { Self.reachable(from: [$0]).contains(name) }, "\(name) leads back to itself")
        }
    }

    @Test func aModuleAndATypeNeverShareAName() {
        let pattern = /(?m)^\s*(?:public |final |@\w+ )*(?:struct|class|enum|actor|protocol) (\w+)/
        for (path, text) in Self.files where path.hasPrefix("Sources") && path.hasSuffix(".swift") {
            for match in text.matches(of: pattern) {
                let name = String(match.output.1)
                // Of a program nobody has to qualify a name.
                if Self.allowed[name] == nil || Self.programs.contains(name) { continue }
                Issue.record("\(path) declares \(name)")
            }
        }
    }

    @Test func noFileIsTooLong() {
        for (path, text) in Self.files {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count
            #expect(lines <= 400, "\(path) has \(lines) lines")
        }
    }

    /// Words that say that something is not finished, or that it may end the process on input.
    @Test func nothingIsLeftUnfinished() {
        // Put together here so that this file does not hold them.
        let words = ["TO" + "DO", "FIX" + "ME", "HA" + "CK", "for " + "now", "place" + "holder"]
        let traps = ["fatal" + "Error(", "try" + "!", " as" + "! "]
        for (path, text) in Self.files {
            let isProduct = path.hasPrefix("Sources") && path.hasSuffix(".swift")
            for word in words + (isProduct ? traps : []) where text.contains(word) {
                for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                    let parts = line.components(separatedBy: word)
                    let isWord = zip(parts, parts.dropFirst()).contains {
                        $0.last?.isLetter != true && $1.first?.isLetter != true
                    }
                    if isWord { Issue.record("\(path):\(number + 1) says \(word)") }
                }
            }
        }
    }

    @Test func theProductHasNoFoundation() {
        // The plugin is a program of the package manager's.
        for (path, text) in Self.files where path.hasPrefix("Sources") && !path.hasPrefix("Sources/BuildRuntime") {
            #expect(!text.contains(/(?m)^\s*(?:public )?import Foundation\b/), "\(path) imports Foundation")
        }
    }

    @Test func theFormatIsSet() throws {
        let data = try Data(contentsOf: Self.repository.appendingPathComponent(".swift-format"))
        let format = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(format["lineLength"] as? Int == 120)
    }

    @Test func warningsAreErrorsInEveryTarget() {
        #expect(Self.manifest.contains(".treatAllWarnings(as: .error)"))
        #expect(Self.manifest.contains("swiftLanguageModes: [.v6]"))
    }
}
