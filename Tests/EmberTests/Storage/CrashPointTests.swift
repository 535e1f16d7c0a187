import Testing

@testable import Ember

/// A store that stops between two system calls, at each of them, opens with all that was acknowledged and nothing that was
/// not begun; with and without a loss of power.
@Suite struct CrashPointTests {
    @Test(arguments: 0..<2)
    func aStoreThatStopsAnywhereLosesNothing(seed: Int) throws {
        let workload = try CrashWorkload(seed: seed)
        try workload.run(steps: 28)
        #expect(workload.images.count > 100)
        let points = Set(workload.images.map(\.point))
        for point in [
            FaultPoint.logWrite, .logSync, .pageWrite, .pageSync, .metaWrite, .metaSync, .rename, .folderSync,
        ] {
            #expect(points.contains(point), "\(point)")
        }
        for image in workload.images { try workload.check(image) }
    }
}
