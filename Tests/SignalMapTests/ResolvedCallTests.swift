import SignalMapABI
import TestSupport
import Testing

@testable import SignalMap

/// Calls of functions that resolvers choose when a program is loaded: chosen_library.c and chosen_program.c.
@Suite struct ResolvedCallTests {
    typealias Build = CallGraphTests.Build
    static let builds = CallGraphTests.builds(["gcc", "clang"])

    private func library(_ build: Build) throws -> FixtureProgram {
        try FixtureProgram(
            ["chosen_library.c"], headers: ["chosen_library.h"], compiler: build.compiler,
            flags: build.flags + ["-shared", "-fPIC"])
    }

    private func linked(_ build: Build) throws -> SignalMapSet {
        let library = try library(build)
        let program = try FixtureProgram(
            ["chosen_program.c"], headers: ["chosen_library.h"], compiler: build.compiler,
            flags: build.flags + [library.executable.path])
        return SignalMapSet(
            try [program, library].map { try SignalMapping.of($0.executable.path, SignalMapOptions()).map })
    }

    private func reach(_ name: String, _ set: SignalMapSet, upTo level: dwm_level = DWM_ANY) throws -> Reach {
        var options = Reachability.Options()
        options.weakest = level.rawValue
        let root = Reachability.Root.function(try #require(set.functions(named: name).first, "\(name)"))
        return Reachability(set).reach(from: [root], options)
    }

    private func names(_ reach: Reach, _ set: SignalMapSet) -> Set<String> {
        Set(reach.functions.map { set.name(of: set.function(numbered: $0)) })
    }

    @Test(arguments: builds) func aNameMeansWhatItsResolverReturns(_ build: Build) throws {
        let set = try linked(build)
        let reach = try reach("calls_run", set, upTo: DWM_CLASS)
        let names = names(reach, set)
        #expect(names == ["calls_run", "run_fast", "run_plain"])
        #expect(reach.openCalls.isEmpty)
        #expect(!reach.outside.keys.contains("chosen_run"))
        #expect(!set.missingSymbols().contains("chosen_run"))
    }

    @Test(arguments: builds) func whatAResolverReturnsThatIsNotKnownMayBeAnything(_ build: Build) throws {
        let set = try linked(build)
        let reach = try reach("calls_named", set)
        #expect(names(reach, set).isSuperset(of: ["named_fast", "run_plain"]))
        // Somebody may have changed the table: it is not constant.
        if !build.isTyped { #expect(!reach.openCalls.isEmpty) }
    }

    @Test(arguments: builds) func aLibrarysOwnChoicesAreFollowed(_ build: Build) throws {
        let graph = try GraphOfProgram(path: try library(build).executable.path)
        for (caller, callees) in [
            ("calls_own", ["own_fast", "own_plain"]), ("calls_handed", ["own_fast", "own_plain"]),
            ("calls_kept", ["own_fast", "own_plain", "never_chosen"]),
        ] {
            for callee in callees { #expect(try graph.reaches(caller, callee), "\(caller) \(callee)") }
        }
        #expect(try graph.callees(of: "calls_own").map(graph.name).sorted() == ["own_fast", "own_plain"])
        #expect(try !graph.isOpen("calls_own"))
        #expect(try !graph.reaches("calls_own", "resolve_own"))
    }
}
