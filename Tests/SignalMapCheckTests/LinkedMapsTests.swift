import SignalMapABI
import TestSupport
import Testing

@testable import SignalMap
@testable import SignalMapChecks

/// What the maps say of calls whose callee leaves no frame of its own.
@Suite struct LinkedMapsTests {
    @Test(arguments: [[], ["-g"]]) func aJumpBehindACallOfManyTargetsIsSeenThrough(_ flags: [String]) throws {
        let path = try FixtureProgram(
            ["many_targets.c"], compiler: "gcc", flags: ["-O2", "-pthread", "-Wall", "-Wextra", "-Werror"] + flags
        ).executable.path
        let map = try SignalMapping.of(path, SignalMapOptions()).map
        let run = try #require(map.functions(named: "run").first)
        let calls = map.calls(ofFunction: run).compactMap { map.call(UInt32($0)) }
        func returns(_ kind: dwm_call_kind) -> [FileAddress] {
            calls.filter { $0.kind == UInt8(kind.rawValue) }.map {
                FileAddress(module: path, address: $0.address + UInt64($0.length))
            }
        }
        let maps = LinkedMaps([map], paths: [path])
        let table = try #require(calls.first { $0.kind == UInt8(DWM_CALL_TARGETS.rawValue) })
        #expect(map.targets(ofSet: table.target).count == 40)
        let through = try #require(returns(DWM_CALL_TARGETS).first)
        #expect(maps.operations(at: through).contains { $0.action == .signal && $0.object == .signalled })
        // The calls beside it are those of the lock, and say nothing of a condition.
        for place in returns(DWM_CALL_SYMBOL) {
            #expect(maps.operations(at: place).allSatisfy { $0.object == .lock })
        }
    }
}
