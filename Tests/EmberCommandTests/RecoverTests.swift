import Foundation
import TestSupport
import Testing

/// Kills at random moments lose nothing that was acknowledged.
@Suite struct RecoverTests {
    @Test func fiveHundredKills() throws {
        let (status, output) = try run([try EmberTool.executable, "recover-test", "--kills", "500"])
        #expect(status == 0, "\(output)")
        #expect(output.contains("\n500 kills, "), "\(output)")
        print(output)
    }
}
