import SignalMapABI
import TestSupport
import Testing

@testable import SignalMap

/// What a function of another binary is handed may be changed by it, unless its own map says that it does not: handed.c
/// and handed_library.c.
@Suite struct HandedCellTests {
    static let builds = ["gcc", "clang"].flatMap { compiler in [["-g", "-O0"], ["-g", "-O2"]].map { (compiler, $0) } }
    /// Clang's optimised code keeps too few of its variables for objects to be told apart.
    static let precise = builds.filter { $0.0 == "gcc" }

    /// Which of the library's maps there is beside the program's.
    private enum Library { case missing, stripped, looksOnly, changes }

    private func set(_ library: Library, _ compiler: String, _ flags: [String], alone: Bool = false) throws
        -> SignalMapSet
    {
        let own = library == .looksOnly ? ["-DONLY_LOOKS"] : library == .stripped ? ["-s"] : []
        let built = try FixtureProgram(
            ["handed_library.c"], headers: ["handed.h"], compiler: compiler,
            flags: (library == .stripped ? ["-O2"] : flags) + own + ["-shared", "-fPIC"])
        let program = try FixtureProgram(
            ["handed.c"], headers: ["handed.h"], compiler: compiler,
            flags: flags + (alone ? ["-DALONE"] : []) + [built.executable.path, "-pthread"])
        let files = library == .missing ? [program] : [program, built]
        return SignalMapSet(try files.map { try SignalMapping.of($0.executable.path, SignalMapOptions()).map })
    }

    /// Functions that may wait on what `post_kept` signals.
    private func waiters(_ set: SignalMapSet) throws -> Set<String> {
        let comparison = IdentityComparison(set)
        let post = try #require(set.sites(DWM_SIGNAL).first { name($0, set) == "post_kept" })
        return Set(
            set.sites(DWM_WAIT).filter { wait in
                set.record(wait).object == set.record(post).object
                    && comparison.compare(
                        set.record(wait).identity, in: wait.map, with: set.record(post).identity, in: post.map) != .no
            }.map { name($0, set) })
    }

    private func name(_ site: SignalMapSet.Site, _ set: SignalMapSet) -> String {
        set.function(of: site).map { set.name(of: $0) } ?? ""
    }

    @Test(arguments: builds) func aHandedPointerMayPointAnywhere(_ compiler: String, _ flags: [String]) throws {
        let handed: Set = ["wait_box", "wait_pointer"]
        #expect(try waiters(set(.missing, compiler, flags)).isSuperset(of: handed))
        #expect(try waiters(set(.stripped, compiler, flags)).isSuperset(of: handed))
        #expect(try waiters(set(.changes, compiler, flags)).contains("wait_pointer"))
    }

    @Test(arguments: precise) func whatNobodyIsHandedStaysKnown(_ compiler: String, _ flags: [String]) throws {
        #expect(try waiters(set(.missing, compiler, flags, alone: true)).isEmpty)
        // The library's own map says that it stores nothing in the structure.
        #expect(try !waiters(set(.looksOnly, compiler, flags)).contains("wait_box"))
    }

    private func isOpen(_ function: String, _ set: SignalMapSet) throws -> Bool {
        var options = Reachability.Options()
        options.weakest = DWM_CLASS.rawValue
        let root = Reachability.Root.function(try #require(set.functions(named: function).first))
        return !Reachability(set).reach(from: [root], options).openCalls.isEmpty
    }

    @Test(arguments: builds) func aCallThroughWhatIsHandedIsOpen(_ compiler: String, _ flags: [String]) throws {
        for library in [Library.missing, .stripped] {
            let set = try set(library, compiler, flags)
            #expect(try isOpen("call_box", set))
            #expect(try !isOpen("call_kept", set))
        }
        for library in [Library.looksOnly, .changes] {
            #expect(try !isOpen("call_box", set(library, compiler, flags)))
        }
    }

    @Test(arguments: builds) func aHandedConditionMayBeSignalled(_ compiler: String, _ flags: [String]) throws {
        func silent(_ library: Library) throws -> Set<String> {
            Set(try set(library, compiler, flags).conditions().filter(\.isNeverSignalled).map(\.name))
        }
        for library in [Library.missing, .stripped, .changes] {
            #expect(try !silent(library).contains { $0.hasSuffix("handed") })
        }
    }

    @Test(arguments: precise) func whatIsNotSignalledIsTold(_ compiler: String, _ flags: [String]) throws {
        func silent(_ library: Library) throws -> Set<String> {
            Set(try set(library, compiler, flags).conditions().filter(\.isNeverSignalled).map(\.name))
        }
        #expect(try silent(.missing).contains { $0.hasSuffix("quiet") })
        #expect(try silent(.looksOnly).contains { $0.hasSuffix("handed") })
        let answer = try set(.missing, compiler, flags).sites(DWM_SIGNAL, on: IdentityPattern("pool.handed"))
        #expect(answer.found.map(\.certainty) == [.possible])
    }

    @Test(arguments: builds) func aHandedCellIsWritten(_ compiler: String, _ flags: [String]) throws {
        let map = try set(.missing, compiler, flags).maps[0]
        let members = map.stores.filter { map.string($0.handed_to) == "library_writes" }.map { store in
            map.keys(ofSet: store.keys).compactMap { map.member($0).flatMap { map.string($0.name) } }
        }
        #expect(!members.isEmpty)
        #expect(members.allSatisfy { $0.isEmpty || $0 == ["written"] }, "\(members)")
    }
}
