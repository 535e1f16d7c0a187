import SignalMapABI
import TestSupport
import Testing

@testable import SignalMap

/// Primitives that are called through pointers do what they do when called by name.
@Suite struct PointedPrimitivesTests {
    @Test(arguments: [["-g", "-O0"], ["-g", "-O2"]]) func theyAreFoundInTablesAndByName(_ flags: [String]) throws {
        let built = try FixtureProgram(["primitive_tables.c"], flags: flags + ["-pthread", "-rdynamic"])
        let set = SignalMapSet([try SignalMapping.of(built.executable.path, SignalMapOptions()).map])
        func actions(_ name: String) throws -> Set<UInt32> {
            let function = try #require(set.functions(named: name).first, "\(name)")
            return Set(
                set.maps[0].operations(ofFunction: function.index).map {
                    UInt32(set.maps[0].operations[$0].action)
                })
        }
        #expect(try actions("wakes") == [DWM_SIGNAL.rawValue])
        #expect(try actions("sleeps") == [DWM_WAIT.rawValue])
        #expect(try actions("compares").isEmpty)
        #expect(try actions("pthread_create") == [DWM_CREATE.rawValue])
        // The wrapper is not the function that it is called as: what it creates is decided by who calls it.
        #expect(try actions("creates") == [DWM_CREATE.rawValue])
        let wakes = set.sites(DWM_SIGNAL).map { IdentityText(set.maps[0]).path(set.record($0).identity) }
        #expect(wakes == ["ready"])
        let creations = set.sites(DWM_CREATE).map { set.routines(of: set.record($0), in: 0) }
        #expect(creations.contains(["work"]))
    }
}
