import Foundation
import TestSupport
import Testing

/// Where a run works, and what is left of it.
@Suite struct WorkFolderTests {
    private let temporary = FileManager.default.temporaryDirectory
        .appendingPathComponent("ember-tests-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: true) }

    private func contents() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: temporary.path)
    }

    /// The folders of runs, below that of the user.
    private func runs() throws -> [String] { try contents().filter { $0.split(separator: "/").count == 2 } }

    @Test func aCrashedRunIsCleanedUpAfterByTheNext() throws {
        defer { try? FileManager.default.removeItem(at: temporary) }
        for _ in 0..<3 {
            _ = try EmberTool.start(["--scenario", "crash-bus"], environment: ["TMPDIR": temporary.path]).finish()
            // Its own, and none of those before it.
            #expect(try runs().count == 1)
        }
    }

    @Test func aFolderInUseIsLeftAlone() throws {
        defer { try? FileManager.default.removeItem(at: temporary) }
        let environment = ["TMPDIR": temporary.path]
        let first = try EmberTool.start(["--scenario", "idle"], environment: environment)
        let mine = try contents()
        _ = try EmberTool.start(["--scenario", "crash-bus"], environment: environment).finish()
        #expect(Set(mine).isSubset(of: Set(try contents())))
        #expect(try runs().count == 2)
        withExtendedLifetime(first) {}
    }

    @Test func aRunThatEndsWellLeavesNothing() throws {
        defer { try? FileManager.default.removeItem(at: temporary) }
        let environment = ["TMPDIR": temporary.path]
        #expect(
            try EmberTool.start(["--scenario", "idle", "--seconds", "1"], environment: environment).finish().status == 0
        )
        #expect(try contents().isEmpty)
    }

    @Test func theCallersFolderStays() throws {
        defer { try? FileManager.default.removeItem(at: temporary) }
        let folder = temporary.appendingPathComponent("mine").path
        _ = try EmberTool.start(["--scenario", "crash-bus", "--folder", folder]).finish()
        #expect(Set(["mine", "mine/backup", "mine/database"]).isSubset(of: Set(try contents())))
    }
}
