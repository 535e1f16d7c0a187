import Foundation
import TestSupport
import Testing

/// What `ember --list` says, for people and for programs.
@Suite struct ListTests {
    struct Entry: Decodable, Hashable {
        var name: String
        var kind: String
        var summary: String
    }

    static func entries() throws -> [Entry] {
        let (status, output) = try run([try EmberTool.executable, "--list", "--format", "json"])
        #expect(status == 0)
        return try JSONDecoder().decode([Entry].self, from: Data(output.utf8))
    }

    @Test func bothFormsSayTheSame() throws {
        let entries = try Self.entries()
        let (status, text) = try run([try EmberTool.executable, "--list"])
        #expect(status == 0)
        let lines = text.split(separator: "\n")
        #expect(lines.count == entries.count)
        for (entry, line) in zip(entries, lines) {
            let words = line.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
            #expect(words.prefix(2) == [entry.name, entry.kind])
            #expect(line.hasSuffix(entry.summary))
        }
    }

    @Test func namesAreThereOnce() throws {
        let entries = try Self.entries()
        #expect(Set(entries.map(\.name)).count == entries.count)
        #expect(Set(entries.map(\.kind)).isSubset(of: ["hang", "crash", "healthy"]))
        for entry in entries {
            #expect(entry.name.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "-" })
            #expect(!entry.summary.isEmpty && !entry.summary.contains("\n"))
        }
    }

    @Test(arguments: [
        ["--scenario", "no-such"], [], ["--list", "--scenario", "crash-null"],
        ["--scenario", "crash-null", "--seconds", "0"], ["--list", "--format", "xml"],
    ])
    func wrongUsageIsSaid(_ arguments: [String]) throws {
        let (status, output) = try run([try EmberTool.executable] + arguments)
        #expect(status == 64)
        #expect(output.contains("Error: "))
    }
}
