import Foundation
import SignalMapABI
import TestSupport
import Testing

@testable import SignalMap

/// "Nobody signals this" is said of what nobody signals, and of nothing else.
@Suite struct SilentObjectTests {
    static let builds = [["-g", "-O0"], ["-g", "-O2"], ["-s", "-O2"]]

    private func conditions(_ flags: [String], _ compiler: String) throws -> [ConditionSummary] {
        let program = try FixtureProgram(
            ["silent_objects.c"], compiler: compiler, flags: flags + ["-shared", "-fPIC", "-pthread"])
        return SignalMapSet([try SignalMapping.of(program.executable.path, SignalMapOptions()).map]).conditions()
    }

    @Test(arguments: builds, ["gcc", "clang"]) func signalsInOddWaysCount(_ flags: [String], _ compiler: String) throws
    {
        let silent = try conditions(flags, compiler).filter { $0.isDecided && $0.isNeverSignalled }.map { $0.name }
        #expect(silent.filter { $0 != "silent.cond" } == [])
    }

    @Test(arguments: ["gcc", "clang"]) func signalsThroughPointersAreNamed(_ compiler: String) throws {
        let conditions = try conditions(["-g", "-O1"], compiler)
        for name in ["by_table.cond", "by_dlsym.cond", "by_parameter.cond"] {
            let condition = try #require(
                conditions.first { $0.name == name }, "\(name) of \(conditions.map { $0.name })")
            #expect(!condition.signals.isEmpty, "\(name)")
        }
    }

    @Test(arguments: ["gcc", "clang"]) func whatNobodySignalsIsTold(_ compiler: String) throws {
        let program = try FixtureProgram(
            ["silent_objects.c"], compiler: compiler,
            flags: ["-g", "-O2", "-shared", "-fPIC", "-pthread", "-DONLY_SILENT"])
        let set = SignalMapSet([try SignalMapping.of(program.executable.path, SignalMapOptions()).map])
        #expect(set.conditions().filter { $0.isNeverSignalled }.map { $0.name } == ["silent.cond"])
    }

    @Test func theKernelWakesDescriptors() throws {
        let conditions = try conditions(["-g", "-O2"], "gcc")
        let descriptors = conditions.filter { MapWords.kind($0.kind) == "descriptors" }
        #expect(!descriptors.isEmpty)
        #expect(descriptors.filter { $0.hasNoSignaller }.isEmpty)
    }

    @Test func aDescriptorIsNoCondition() throws {
        let program = try FixtureProgram(
            ["silent_objects.c"], flags: ["-g", "-O2", "-shared", "-fPIC", "-pthread", "-DONLY_SILENT"])
        let set = SignalMapSet([try SignalMapping.of(program.executable.path, SignalMapOptions()).map])
        let answer = set.sites(DWM_WAIT, on: IdentityPattern("silent.cond"))
        #expect(answer.found.map { MapWords.kind(set.record($0.site).object) } == ["condition"])
    }
}
