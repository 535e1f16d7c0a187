import Foundation
import TestSupport
import Testing

@testable import SignalMap

/// Calls through classes of C++, in call_shapes_cxx.cpp.
@Suite struct CallGraphClassTests {
    typealias Build = CallGraphTests.Build

    private func program(_ build: Build) throws -> GraphOfProgram {
        let built = try FixtureProgram(
            ["call_shapes_cxx.cpp"], compiler: build.compiler,
            flags: build.flags + ["-pthread", "-fvisibility=hidden", "-rdynamic"])
        return try GraphOfProgram(path: built.executable.path)
    }

    @Test(arguments: CallGraphTests.builds(["g++", "clang++"])) func trueCalleesAreAmongTheTargets(
        _ build: Build
    ) throws {
        let program = try program(build)
        for (caller, callees) in [
            ("calls_virtual", ["_ZN6Circle4drawEi"]),
            // The thunk adjusts the object's pointer, and goes on to the method itself.
            ("calls_second_base", ["_ZThn8_N6Circle4nameEi", "_ZN5Named4nameEi"]),
            ("calls_unrelated", ["_ZN9Unrelated6secondEi"]),
            ("calls_destructor", ["_ZN6CircleD0Ev"]),
            ("calls_member_pointer", ["_ZN7Machine4stepEi", "_ZN7Machine4haltEi"]),
            ("calls_catch", ["target_catch"]),
        ] {
            for callee in callees where program.has(callee) {
                #expect(try program.reaches(caller, callee), "\(callee)")
            }
        }
        let work =
            try program.callees(of: "calls_function").map(program.name)
            + program.callees(of: "_ZNKSt8functionIFviEEclEi", ifThere: true).map(program.name)
        #expect(work.contains { $0.hasPrefix("_ZNSt17_Function_handler") && $0.contains("fill_job") })
    }

    @Test(arguments: CallGraphTests.builds(["g++", "clang++"]).filter(\.isTyped)) func otherClassesAreNot(
        _ build: Build
    ) throws {
        let program = try program(build)
        #expect(try program.levels(of: "calls_virtual") == [.classes])
        for (caller, other) in [
            ("calls_virtual", "_ZN9Unrelated5firstEi"), ("calls_virtual", "_ZN6Circle7measureEi"),
            ("calls_unrelated", "_ZN6Circle7measureEi"), ("calls_second_base", "_ZN9Unrelated5firstEi"),
        ] {
            #expect(try !program.reaches(caller, other), "\(caller) \(other)")
        }
    }

    @Test(arguments: CallGraphTests.builds(["g++", "clang++"])) func threadsRunTheirOwnStates(_ build: Build) throws {
        let program = try program(build)
        let own = try program.states(startedBy: "calls_thread")
        let other = try program.states(startedBy: "calls_other_thread")
        #expect(own.contains { $0.contains("calls_thread") })
        #expect(other.contains { !$0.contains("calls_thread") })
    }
}

extension GraphOfProgram {
    /// As `callees(of:)`, of a function that may have been inlined everywhere.
    func callees(of name: String, ifThere: Bool) throws -> Set<Int> { has(name) ? try callees(of: name) : [] }

    /// The _M_run methods of the thread states that a function starts threads with, those too which it has helpers start.
    func states(startedBy name: String) throws -> Set<String> {
        var states: Set<String> = []
        var seen: Set<Int> = []
        var open = [try function(name)]
        while let function = open.popLast() {
            guard seen.insert(function).inserted else { continue }
            for call in facts.functions[function].calls {
                if let set = graph.routines[call] {
                    states.formUnion(graph.targets(of: set).compactMap(\.function).map(self.name))
                }
                for edge in graph.edges(of: call) where edge.level == .direct {
                    if case .callee(let callee) = edge.destination, let next = callee.function { open.append(next) }
                }
            }
        }
        return states
    }
}
