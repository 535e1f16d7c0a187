import Foundation
import SignalMapABI
import TestSupport
import Testing

@testable import SignalMap

/// What maps say may still run.
@Suite struct ReachabilityTests {
    private func shapes(_ flags: [String]) throws -> SignalMapSet {
        let built = try FixtureProgram(
            ["call_shapes.c"], flags: flags + ["-pthread", "-fvisibility=hidden", "-rdynamic"])
        return SignalMapSet([try SignalMapping.of(built.executable.path, SignalMapOptions()).map])
    }

    private func function(_ name: String, _ set: SignalMapSet) throws -> SignalMapSet.Function {
        try #require(set.functions(named: name).first, "\(name)")
    }

    private func names(_ reach: Reach, _ set: SignalMapSet) -> Set<String> {
        Set(reach.functions.map { set.name(of: set.function(numbered: $0)) })
    }

    static let builds = [["-g", "-O0"], ["-g", "-O2"]]

    @Test(arguments: builds) func allThatRunsIsReached(_ flags: [String]) throws {
        let set = try shapes(flags)
        let reach = Reachability(set).reach(from: [.function(try function("main", set))])
        let reached = names(reach, set)
        for shape in CallGraphTests.shapes {
            #expect(reached.contains("target_\(shape)"), "\(shape)")
        }
        #expect(reached.contains("target_routine"))
        #expect(reached.contains("target_job"))
        #expect(reach.outside.keys.contains("pthread_create"))
    }

    @Test(arguments: builds) func creationsAreFollowedOnRequest(_ flags: [String]) throws {
        let set = try shapes(flags)
        let create = try function("calls_create", set)
        var options = Reachability.Options()
        #expect(names(Reachability(set).reach(from: [.function(create)], options), set).contains("target_job"))
        options.followsCreations = false
        #expect(!names(Reachability(set).reach(from: [.function(create)], options), set).contains("target_routine"))
    }

    @Test(arguments: builds) func weakEdgesAreLeftOutOnRequest(_ flags: [String]) throws {
        let set = try shapes(flags)
        var options = Reachability.Options()
        options.weakest = DWM_DIRECT.rawValue
        let main = Reachability.Root.function(try function("main", set))
        let direct = names(Reachability(set).reach(from: [main], options), set)
        #expect(direct.contains("calls_method"))
        #expect(!direct.contains("target_method"))
        options.weakest = DWM_TABLE.rawValue
        #expect(names(Reachability(set).reach(from: [main], options), set).contains("target_method"))
    }

    /// Near miss: who calls like a function may come to what that calls, as far as is known.
    @Test(arguments: builds) func howSurelySymbolsAreReached(_ flags: [String]) throws {
        let built = try FixtureProgram(["guessed_calls.c"], flags: flags + ["-fPIC", "-shared"])
        let set = SignalMapSet([try SignalMapping.of(built.executable.path, SignalMapOptions()).map])
        var options = Reachability.Options()
        options.weakest = DWM_CLASS.rawValue
        options.followsTheOnlyAnswer = true
        func level(_ name: String) throws -> UInt32? {
            let root = Reachability.Root.function(try function(name, set))
            return Reachability(set).reach(from: [root], options).outside["dlopen"].map { UInt32($0) }
        }
        #expect(try level("calls_directly") == DWM_DIRECT.rawValue)
        #expect(try level("calls_by_table") == DWM_TABLE.rawValue)
        #expect(try level("calls_like_it") == DWM_PROTOTYPE.rawValue)
        // Nobody's prototype: not at all, or by a guess.
        #expect(try level("calls_otherwise").map { $0 > DWM_PROTOTYPE.rawValue } ?? true)
        #expect(try level("set_up") == nil)
    }

    /// The return address of the first call of a function by another one.
    private func returnAddress(
        of callee: String, in caller: String, _ set: SignalMapSet
    ) throws -> UInt64 {
        let map = set.maps[0]
        let callee = try function(callee, set).index
        let index = try function(caller, set).index
        let call = try #require(
            map.calls(ofFunction: index).first {
                map.calls[$0].kind == UInt8(DWM_CALL_FUNCTION.rawValue) && map.calls[$0].target == callee
                    && map.calls[$0].length > 0
            })
        return map.calls[call].address + UInt64(map.calls[call].length)
    }

    @Test(arguments: builds) func onlyWhatLiesAheadRuns(_ flags: [String]) throws {
        let set = try shapes(flags)
        let address = try returnAddress(of: "calls_recursion", in: "main", set)
        // Some calls of the program are lost, and may be of anything.
        var options = Reachability.Options()
        options.weakest = DWM_PROTOTYPE.rawValue
        let reach = Reachability(set).reach(from: [.returnAddress(map: 0, address)], options)
        let reached = names(reach, set)
        for later in ["calls_longjmp", "target_longjmp", "calls_create", "target_job", "calls_once"] {
            #expect(reached.contains(later), "\(later)")
        }
        for done in ["calls_recursion", "calls_union", "target_union", "fill_tail", "make_object"] {
            #expect(!reached.contains(done), "\(done)")
        }
        #expect(reach.mayReturn)
        // A function that calls setjmp may go on behind that call.
        let jumped = try returnAddress(of: "jumps", in: "calls_longjmp", set)
        let again = Reachability(set).reach(from: [.returnAddress(map: 0, jumped)])
        #expect(names(again, set).contains("target_longjmp"))
    }

    @Test(arguments: builds) func waysAreTheSurest(_ flags: [String]) throws {
        let set = try shapes(flags)
        let reach = Reachability(set).reach(from: [.function(try function("hands_parameter", set))])
        let way = reach.way(to: set.number(try function("target_parameter", set)))
        #expect(
            way.map { set.name(of: set.function(numbered: $0.from)) } == ["hands_parameter", "calls_parameter"])
        #expect(way.map { UInt32($0.level) } == [DWM_DIRECT.rawValue, DWM_PARAMETER.rawValue])
    }

    @Test(arguments: builds) func aProgramIsCalledBackByItsLibrary(_ flags: [String]) throws {
        let library = try FixtureProgram(
            ["call_library.c"], headers: ["call_library.h"], flags: flags + ["-shared", "-fPIC"])
        let program = try FixtureProgram(
            ["call_program.c"], headers: ["call_library.h"],
            flags: flags + [
                library.executable.path, "-Wl,-rpath,\(library.executable.deletingLastPathComponent().path)",
            ])
        let set = SignalMapSet(
            try [program, library].map { try SignalMapping.of($0.executable.path, SignalMapOptions()).map })
        let reachability = Reachability(set)
        for (from, to) in [
            ("library_compare", "program_compare"), ("library_visit", "program_visit"),
            ("library_call_hook", "program_hook"),
        ] {
            let reach = reachability.reach(from: [.function(try function(from, set))])
            #expect(names(reach, set).contains(to), "\(from)")
        }
        let visit = names(reachability.reach(from: [.function(try function("library_visit", set))]), set)
        #expect(!visit.contains("program_compare") && !visit.contains("program_hook"))
    }

    /// A lock that a call gives back is given back when it returns: a thread that is in the call may still do it.
    @Test(arguments: builds) func whatACallDoesAsItReturnsLiesAhead(_ flags: [String]) throws {
        let built = try FixtureProgram(["many_targets.c"], flags: flags + ["-pthread"])
        let set = SignalMapSet([try SignalMapping.of(built.executable.path, SignalMapOptions()).map])
        let map = set.maps[0]
        let run = try function("run", set)
        func actions(behind symbol: String) throws -> Set<UInt32> {
            let call = try #require(
                map.calls(ofFunction: run.index).lazy.map { map.calls[$0] }.first {
                    $0.kind == UInt8(DWM_CALL_SYMBOL.rawValue) && map.string($0.target) == symbol
                })
            let root = Reachability.Root.returnAddress(map: 0, call.address + UInt64(call.length))
            let sites = Reachability(set).reach(from: [root]).sites(set).map(\.site)
            return Set(sites.filter { set.function(of: $0) == run }.map { set.action($0).rawValue })
        }
        #expect(try actions(behind: "pthread_mutex_unlock") == [DWM_RELEASE.rawValue])
        #expect(try actions(behind: "pthread_mutex_lock").contains(DWM_RELEASE.rawValue))
    }
}
