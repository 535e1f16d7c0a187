import CCapstone
import Foundation
import TestSupport
import Testing

@testable import SignalMap

/// The loops of objects.c, from two compilers.
@Suite struct WaitLoopTests {
    static let builds = ObjectMatchingTests.builds.filter(\.isTyped)

    private func loops(_ program: AnalysedProgram, _ name: String) throws -> [WaitLoop] {
        let function = Int32(try program.function(name))
        return program.predicates.loops.filter { $0.function == function }
    }

    /// The names of the members that the exits read.
    private func members(_ loop: WaitLoop, _ program: AnalysedProgram) -> Set<String> {
        Set(
            loop.predicates.map { predicate in
                program.text(program.analysis.identities.table[predicate.identity]).split(separator: " ")[1]
                    .split(separator: "+")[0].description
            })
    }

    @Test(arguments: builds) func aPureLoopIsLeftOnItsPredicate(_ build: ObjectMatchingTests.Build) throws {
        let program = try AnalysedProgram("objects.c", build.compiler, build.flags)
        for name in ["loop_pure", "loop_function", "loop_wrapped", "loop_result"] {
            let found = try loops(program, name)
            // The shortest way round, and all ways round where there are several.
            #expect((1...2).contains(found.count), "\(name)")
            for loop in found {
                #expect(loop.kind == .pure, "\(name)")
                #expect(members(loop, program) == ["job.state"], "\(name): \(loop)")
                #expect(loop.leavesOnResult == (name == "loop_result"), "\(name): \(loop)")
                #expect(!loop.leavesOtherwise, "\(name): \(loop)")
            }
        }
        let loop = try #require(try loops(program, "loop_pure").first)
        #expect(loop.predicates.count == 1)
        let predicate = try #require(loop.predicates.first)
        #expect(predicate.constant == 3)
        #expect(predicate.width == 4)
        // Left when the state is 3, whichever way the compiler turned the test.
        let isEqual = predicate.condition == UInt8(DWI_EQUAL)
        #expect(isEqual == predicate.leavesWhen)
    }

    @Test(arguments: builds) func aLoopThatWorksIsNotPure(_ build: ObjectMatchingTests.Build) throws {
        let program = try AnalysedProgram("objects.c", build.compiler, build.flags)
        #expect(try loops(program, "loop_working").map(\.kind) == [.working])
        #expect(try loops(program, "loop_none").map(\.kind) == [.none])
        let server = try #require(try loops(program, "loop_server").first)
        #expect(server.kind == .pure)
        #expect(members(server, program) == ["job.polled"])
    }

    @Test(arguments: builds) func storesThroughPointersCountWhereTheyArePassed(
        _ build: ObjectMatchingTests.Build
    ) throws {
        let program = try AnalysedProgram("objects.c", build.compiler, build.flags)
        let stores = CellStores(program.analysis).stores
        for name in ["store_done", "store_through"] {
            let function = Int32(try program.function(name))
            let found = stores.filter { $0.function == function && $0.constant == 3 }
            let names = found.map { program.text(program.analysis.identities.table[$0.identity]) }
            #expect(names.contains { $0.contains("job.state") }, "\(name): \(names)")
        }
        #expect(!stores.contains { $0.kind == .any && $0.constant == 3 })
    }
}
