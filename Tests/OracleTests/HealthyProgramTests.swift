import RealPrograms
import TestSupport
import Testing

/// Programs in which nothing is wrong, as long as a test may take: `deadwait-healthy` looks at all of them, longer.
@Suite struct HealthyProgramTests {
    @Test(
        arguments: HealthyCase.all.filter { ["redis", "python3", "nginx", "C++ thread pool"].contains($0.name) })
    func nothingIsClaimed(_ healthy: HealthyCase) throws {
        let looks = try HealthyLooks(healthy, tool: DeadwaitTool.executable, count: 3)
        #expect(looks.failures.isEmpty && looks.reports >= 3)
        #expect(looks.wrong.isEmpty)
        #expect(looks.verdicts["stuck"] == nil && looks.verdicts["victim"] == nil)
    }
}
