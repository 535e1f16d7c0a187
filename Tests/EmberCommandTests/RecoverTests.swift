import Foundation
import TestSupport
import Testing

/// Nothing that was acknowledged is lost, whatever the moment of the end.
@Suite struct RecoverTests {
    @Test func fiveHundredKillsLoseNothing() throws {
        let (status, output) = try run([try EmberTool.executable, "recover-test", "--kills", "500"])
        #expect(status == 0, "\(output)")
        #expect(output.contains("\n500 kills, "), "\(output)")
        let acknowledged = try #require(output.firstMatch(of: /\n(\d+) acknowledged transactions/))
        #expect(try #require(Int(acknowledged.output.1)) > 500, "\(output)")
        print(output)
    }

    /// A kill leaves what has reached the kernel. After a loss of power only what was synchronized is there for sure.
    @Test func aLossOfPowerLosesNothingThatWasSynchronized() throws {
        let disk = try VolatileDisk()
        let (status, output) = try disk.recoverTest(kills: 100)
        #expect(status == 0, "\(output)")
        #expect(output.contains("\n100 kills, "), "\(output)")
        // Something was there to be lost, and torn.
        let figures = try disk.figures
        #expect(figures.writes > 50 && figures.torn > 0 && figures.names > 0, "\(figures)")
        print(output, "\(figures)\n")
    }

    /// The test itself can fail: on a disk that only says that it has synchronized, acknowledged transactions are gone.
    @Test func aDiskThatLiesIsFoundOut() throws {
        let (status, output) = try VolatileDisk(isLying: true).recoverTest(kills: 100)
        #expect(status == 1, "\(output)")
    }
}

/// A folder on a disk with a cache that is lost with each kill: see power_loss.c.
private final class VolatileDisk {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ember-power-\(UUID().uuidString)")
    private let recorder: URL
    private let undo: URL
    private let isLying: Bool

    init(isLying: Bool = false) throws {
        self.isLying = isLying
        recorder = try FixtureProgram(
            ["power_loss.c"], headers: ["power_loss.h"],
            flags: ["-std=gnu11", "-O2", "-g", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-pthread"]
        ).executable
        undo = try FixtureProgram(
            ["power_loss_undo.c"], headers: ["power_loss.h"],
            flags: ["-std=gnu11", "-O2", "-g", "-Wall", "-Wextra", "-Werror"]
        ).executable
        try FileManager.default.createDirectory(at: journal, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private var journal: URL { folder.appendingPathComponent("journal") }

    func recoverTest(kills: Int) throws -> (status: Int32, output: String) {
        let work = folder.appendingPathComponent("work")
        var command = ["env", "POWER_LOSS=\(journal.path)", "POWER_LOSS_FOLDER=\(work.path)/database"]
        if isLying { command.append("POWER_LOSS_LIES=1") }
        command += [try EmberTool.executable, "recover-test", "--kills", String(kills), "--folder", work.path]
        return try run(command + ["--preload", recorder.path, "--after-kill", undo.path])
    }

    /// What was taken back in all.
    var figures: (writes: Int, torn: Int, names: Int) {
        get throws {
            let text = try String(contentsOf: journal.appendingPathComponent("figures"), encoding: .utf8)
            var sum = (writes: 0, torn: 0, names: 0)
            for line in text.split(separator: "\n") {
                let numbers = line.split(separator: " ").compactMap { Int($0) }
                guard numbers.count == 3 else { continue }
                sum = (sum.writes + numbers[0], sum.torn + numbers[1], sum.names + numbers[2])
            }
            return sum
        }
    }
}
