import SignalMapABI
import TestSupport
import Testing

@testable import SignalMap

/// Virtual calls that reach classes of other binaries: virtual_library.cpp, virtual_middle.cpp, virtual_program.cpp.
@Suite struct SharedClassTests {
    typealias Build = CallGraphTests.Build
    static let builds = CallGraphTests.builds(["g++", "clang++"]).filter(\.isTyped)

    /// The program, the library between and the library that calls; or the last one alone.
    private func linked(_ build: Build, isAlone: Bool = false) throws -> SignalMapSet {
        let shared = build.flags + ["-shared", "-fPIC"]
        func built(_ source: String, _ flags: [String]) throws -> FixtureProgram {
            try FixtureProgram([source], headers: ["virtual_library.h"], compiler: build.compiler, flags: flags)
        }
        let library = try built("virtual_library.cpp", shared)
        let middle = try built("virtual_middle.cpp", shared)
        let program = try built(
            "virtual_program.cpp", build.flags + [middle.executable.path, library.executable.path])
        let all = isAlone ? [library] : [program, middle, library]
        return SignalMapSet(try all.map { try SignalMapping.of($0.executable.path, SignalMapOptions()).map })
    }

    private func reach(_ name: String, _ set: SignalMapSet, knowsAll: Bool = false) throws -> Reach {
        var options = Reachability.Options()
        options.weakest = DWM_CLASS.rawValue
        options.knowsAllBinaries = knowsAll
        let root = Reachability.Root.function(try #require(set.functions(named: name).first, "\(name)"))
        return Reachability(set).reach(from: [root], options)
    }

    private func names(_ reach: Reach, _ set: SignalMapSet) -> Set<String> {
        Set(reach.functions.map { plain(set.name(of: set.function(numbered: $0))) })
    }

    /// What a thunk leads to may be a part of it.
    private func plain(_ name: String) -> String {
        let words = name.split(separator: " ")
        return words.count > 3 && words[1...2] == ["thunk", "to"] ? words.dropFirst(3).joined(separator: " ") : name
    }

    @Test(arguments: builds) func aVirtualCallReachesClassesOfOtherBinaries(_ build: Build) throws {
        let set = try linked(build)
        let own = "(anonymous namespace)::"
        for (caller, callees) in [
            ("library_runs", ["Own::run", "Far::run", "Wide::run"]), ("library_names", ["Far::rename"]),
            ("library_acts", ["Acting::act"]),
        ] {
            let reach = try reach(caller, set)
            let names = names(reach, set)
            for callee in callees {
                #expect(names.contains(own + callee), "\(caller) \(callee)")
                let function = reach.functions.first { plain(set.name(of: set.function(numbered: $0))) == own + callee }
                #expect(function.map(reach.level) == UInt8(DWM_CLASS.rawValue))
            }
        }
        #expect(names(try reach("library_runs", set), set).isSuperset(of: ["Chain::run", "Ring::run"]))
    }

    @Test(arguments: builds) func otherClassesAndSlotsAreNotReached(_ build: Build) throws {
        let set = try linked(build)
        let all = ["library_runs", "library_names", "library_acts"].map { ($0, try? reach($0, set)) }
        for (caller, reach) in all {
            let names = names(try #require(reach), set)
            #expect(!names.contains { $0.contains("Other::") }, "\(caller)")
            #expect(!names.contains("Task::stop") && !names.contains("Chain::link") && !names.contains("Ring::turn"))
        }
        let renamed = names(try reach("library_names", set), set)
        #expect(!renamed.contains { $0.hasSuffix("::run") })
        #expect(!names(try reach("library_runs", set), set).contains("(anonymous namespace)::Far::rename"))
    }

    @Test(arguments: builds) func aCallOfASharedClassIsOpenUnlessAllBinariesAreKnown(_ build: Build) throws {
        for isAlone in [true, false] {
            let set = try linked(build, isAlone: isAlone)
            for caller in ["library_runs", "library_names"] {
                #expect(try !reach(caller, set).openCalls.isEmpty, "\(caller)")
                #expect(try reach(caller, set, knowsAll: true).openCalls.isEmpty, "\(caller)")
            }
        }
    }

    @Test func tablesThatLeadNowhereAreNone() throws {
        var sketch = MapSketch()
        var place = dwm_class_place()
        place.name = sketch.builder.string("4Task")
        sketch.builder.classTable([DWM_NONE, 77, DWM_IMPORTED | 0x7fff_0000], places: [place])
        var call = sketch.builder.calls[0]
        call.kind = UInt8(DWM_CALL_TARGETS.rawValue)
        call.target = sketch.builder.targetSet(
            list: sketch.builder.targetList([]), level: DWM_CLASS, isOpen: false, isShared: true,
            cells: [.init(kind: DWM_CELL_CLASS.rawValue, value: place.name, offset: 0)], slotOffset: 8)
        sketch.builder.calls[0] = call
        let map = try sketch.finished()
        #expect(map.classTables.count == 1)
        #expect(Array(map.entries(ofTable: 0)) == [DWM_NONE, 77, DWM_IMPORTED | 0x7fff_0000])
        #expect(map.entries(ofTable: 1).isEmpty && map.entries(ofTable: DWM_NONE).isEmpty)
        let set = SignalMapSet([map, map])
        #expect(try reach("worker", set).functions.count == 1)
    }
}
