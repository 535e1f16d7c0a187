import Foundation
import ProcessModel
import Testing

@testable import DebugInfo

/// How addresses are divided among the isolated children.
@Suite struct IsolatedPlanTests {
    let scratch: ScratchDirectory
    let modules: [Module]

    /// Modules with sparse files of the given sizes in MiB, 16 MiB of addresses each.
    init() throws {
        scratch = try ScratchDirectory()
        var modules: [Module] = []
        for (index, size) in [200, 30, 20, 1].enumerated() {
            let path = scratch.file("module\(index)")
            try Data().write(to: URL(fileURLWithPath: path))
            truncate(path, size << 20)
            let start = UInt64(index + 1) << 24
            modules.append(
                Module(
                    path: path, start: Address(start), end: Address(start + 1 << 24), loadBias: start,
                    content: .file(path: path)))
        }
        self.modules = modules
    }

    func plan(children: Int = 2) -> IsolatedPlan {
        IsolatedPlan(modules: modules, debugDirectories: [], children: children)
    }

    func addresses(_ module: Int, _ count: Int) -> [Address] {
        (0..<count).map { modules[module].start + UInt64($0 * 64) }
    }

    @Test func groupsByModuleAndKeepsThePositions() {
        let lookups = [Address(1), modules[1].start + 8, modules[0].start, modules[1].start + 4, Address(.max)]
        let runs = plan().group(lookups)
        #expect(runs.map(\.module) == [0, 1])
        #expect(runs.map(\.positions) == [[2], [3, 1]])
        #expect(runs.allSatisfy { run in zip(run.positions, run.addresses).allSatisfy { lookups[$0] == $1 } })
    }

    @Test func smallOrLightWorkStaysInOneChild() {
        let all = plan().group(modules.indices.flatMap { addresses($0, 100) })
        #expect(plan().distribute(all, isHeavy: false) == [all, []])
        let small = plan().group(addresses(3, 100))
        #expect(plan().distribute(small, isHeavy: true) == [small, []])
        #expect(plan(children: 1).distribute(all, isHeavy: true) == [all])
    }

    @Test func aBigModuleIsCutAndTheOthersAreDealtOut() {
        let plan = plan()
        let runs = plan.group(modules.indices.flatMap { addresses($0, 100) })
        let jobs = plan.distribute(runs, isHeavy: true)
        #expect(jobs.map { $0.filter { $0.module == 0 }.map(\.positions.count) } == [[50], [50]])
        let others = jobs.map { Set($0.map(\.module)).subtracting([0]) }
        #expect(others[0].union(others[1]) == [1, 2, 3])
        #expect(others[0].isDisjoint(with: others[1]))
        #expect(Set(jobs.joined().flatMap(\.positions)) == Set(0..<400))
        // The second time everything goes where its indexes are.
        #expect(plan.distribute(runs, isHeavy: true) == jobs)
    }

    @Test func fewAddressesOfABigModuleAreNotCut() {
        let plan = plan()
        let jobs = plan.distribute(plan.group(addresses(0, 3) + addresses(1, 3)), isHeavy: true)
        #expect(jobs.map { $0.map(\.module) } == [[0], [1]])
    }
}
