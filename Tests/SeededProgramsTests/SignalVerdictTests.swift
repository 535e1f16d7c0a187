import Foundation
import TestSupport
import Testing

@testable import SeededPrograms

/// What `deadwait attach` says of the seeded programs by libc's fields and signal maps alone, without the runtime.
@Suite(.serialized) struct SignalVerdictTests {
    /// What a wait that nobody ends by the maps is called.
    private static let byMaps = [
        "dead-wait", "barrier-short", "semaphore-starved", "promise-abandoned", "callback-own-queue",
    ]

    /// Nobody who is fine is called stuck, and of those that are stuck most are found.
    @Test func noneIsWronglyCalledStuck() throws {
        let variant = try #require(BuildVariant("gcc-O2-g"))
        let cache = FileManager.default.temporaryDirectory.appendingPathComponent("verdicts-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: cache) }
        var acceptance = AcceptanceRun(tool: try DeadwaitTool.executable, inputs: [.live])
        acceptance.cache = cache.path
        let matrix = ProgramMatrix(try SeededProgram.all().filter { $0.language != .swift }, [variant])
        #expect(matrix.failures.isEmpty)
        let results = matrix.built.inParallel { [acceptance] in acceptance.run($0) }
        var found = 0
        for result in results {
            let judgement = try #require(result.judgements[.live])
            let program = result.built.program
            #expect(judgement.outcome != .wrong, "\(program.title): \(judgement.reason)")
            #expect(!judgement.reason.hasPrefix("no report"), "\(program.title): \(judgement.reason)")
            if program.truth.class == .healthy {
                let suspected = judgement.falseSuspicions.filter { text in Self.byMaps.contains { text.hasPrefix($0) } }
                #expect(suspected.isEmpty, "\(program.title)")
            } else if judgement.outcome.isFound {
                found += 1
            }
        }
        // 69 of 88 when this was written.
        #expect(found >= 60, "\(found) found")
    }
}
