import Foundation
import TestSupport
import Testing

@testable import SignalMap

/// The access paths of access_paths.c, from two compilers at all levels, as a shared object and without
/// position-independent code.
@Suite struct InterpreterTests {
    static let builds: [InterpretedProgram.Build] = ["gcc", "clang"].flatMap { compiler in
        ["-O0", "-O1", "-O2", "-O3"].flatMap { level in
            [["-fPIC", "-shared"], ["-no-pie", "-fno-pic", "-fcf-protection=none"]].map {
                InterpretedProgram.Build(compiler: compiler, flags: [level, "-fno-inline"] + $0)
            }
        }
    }

    private func program(_ build: InterpretedProgram.Build) throws -> InterpretedProgram {
        try InterpretedProgram("access_paths", build)
    }

    @Test(arguments: builds) func objectsAreNamedByHowCodeComesByThem(_ build: InterpretedProgram.Build) throws {
        let program = try program(build)
        for (function, path) in [
            ("by_parameter", "&param0->[8].[16]"), ("embedded", "&param0->[32]"), ("by_global", "the_own_item+16"),
            ("by_foreign_global", "the_item+16"), ("by_global_pointer", "&*the_owner.[8].[16]"),
            ("from_stack", "&param7->[16]"), ("handed_on", "&param0->[8].[8]"), ("one_or_none", "&param0->[8].[16]"),
        ] {
            #expect(try program.objects(seenIn: function) == [path], "\(function)")
        }
        for (function, beginning) in [
            ("by_thread_local", "&*thread"), ("by_result", "&result@0x"), ("on_stack", "stack-"), ("each", "&opaque"),
        ] {
            let seen = try program.objects(seenIn: function)
            #expect(!seen.isEmpty && seen.allSatisfy { $0.hasPrefix(beginning) }, "\(function): \(seen)")
        }
        let both = try program.objects(seenIn: "one_of_two")
        #expect(
            both == ["&{param0->[8] | the_own_item}->[16]"] || both == ["&{the_own_item | param0->[8]}->[16]"]
                || both == ["&param0->[8].[16]", "the_own_item+16"], "\(both)")
        #expect(try program.stores(in: "one_of_two").isEmpty)
    }

    @Test(arguments: builds) func eachCaseOfASwitchKeepsItsObject(_ build: InterpretedProgram.Build) throws {
        let seen = Set(try program(build).objects(seenIn: "many_ways"))
        #expect(
            seen == [
                "&param0->[8].[16]", "&param0->[32]", "the_own_item+16", "param0", "&param0->[8].[8]",
                "&param0->[8].[0].[16]", "&*the_owner.[8].[16]",
            ])
    }

    @Test(arguments: builds) func argumentsOnTheStackAreNoted(_ build: InterpretedProgram.Build) throws {
        let program = try program(build)
        let call = try #require(try program.calls(in: "to_stack").first { program.name(of: $0) == "eight" })
        let arguments = program.arguments(of: call)
        #expect(arguments.count >= 8)
        #expect(Array(arguments.prefix(8)) == ["1", "2", "3", "4", "5", "6", "param0->[8]", "the_own_item"])
    }

    @Test(arguments: builds) func pointersThatCallsGoThroughAreNamed(_ build: InterpretedProgram.Build) throws {
        let program = try program(build)
        #expect(try program.pointers(calledIn: "through_pointer") == ["param0->[8].[24]"])
        #expect(try program.pointers(calledIn: "through_parameter") == ["param1"])
        let called = try program.calls(in: "through_table")
        #expect(program.name(of: try #require(called.first)) == "hook_b")
        let pointers = try program.pointers(calledIn: "through_table")
        #expect(pointers.count == 1)
        #expect(pointers.allSatisfy { $0.hasPrefix("*&hooks[]") }, "\(pointers)")
    }

    @Test(arguments: builds) func storesNameTheirPlacesAndValues(_ build: InterpretedProgram.Build) throws {
        let program = try program(build)
        let hooks = try program.stores(in: "two_hooks")
        #expect(hooks.contains("&param0->[24] = hook_a"))
        #expect(hooks.contains("&param0->[32] = hook_b"))
        let copies = try program.stores(in: "copied")
        let isCopied = try program.calls(in: "copied").contains { program.name(of: $0) == "memcpy" }
        for (place, value) in [("param0", "[0]"), ("&param0->[24]", "[24]"), ("&param0->[32]", "[32]")] {
            #expect(isCopied || copies.contains("\(place) = param1->\(value)"), "\(copies)")
        }
        #expect(try program.stores(in: "set_state") == ["&param0->[40] = 3"])
        #expect(try program.stores(in: "exchanged") == ["&param0->[40] exchange 4"])
        #expect(try program.stores(in: "replaced").contains("&param0->[40] exchange 8"))
        #expect(try program.stores(in: "counted").allSatisfy { $0.hasPrefix("&param0->[40] modify") })
        #expect(try program.stores(in: "counted").count == 1)
        let cleared = try program.stores(in: "cleared")
        let isFilled = try program.calls(in: "cleared").contains { program.name(of: $0) == "memset" }
        #expect(isFilled || cleared.contains("&param0->[24] = 0"), "\(cleared)")
    }

    @Test(arguments: builds) func localStructuresThatAreHandedOnAreStoredTo(_ build: InterpretedProgram.Build) throws {
        let program = try program(build)
        for function in ["handed_bundle", "changed_meanwhile"] {
            let stores = try program.stores(in: function).filter { $0.hasPrefix("stack-") }
            #expect(stores.contains { $0.hasSuffix("= hook_a") }, "\(function): \(stores)")
            #expect(stores.contains { $0.hasSuffix("= param0->[8]") }, "\(function): \(stores)")
        }
        // What take() left there is not what was put in.
        let seen = try program.objects(seenIn: "changed_meanwhile")
        #expect(seen.count == 1 && seen[0].hasPrefix("*stack-"), "\(seen)")
    }

    @Test(arguments: builds) func testsSayWhatTheyCompare(_ build: InterpretedProgram.Build) throws {
        let program = try program(build)
        let later = try program.tests(in: "tested_later")
        #expect(later == ["param0->[40] == 3"] || later == ["param0->[40] != 3"])
        let until = try program.tests(in: "until_set")
        #expect(!until.isEmpty)
        #expect(until.allSatisfy { $0 == "param0->[40] == 5" || $0 == "param0->[40] != 5" }, "\(until)")
        #expect(try program.returned(by: "is_done") == ["(param0->[40] == 9)"])
    }

    @Test(arguments: builds) func whatASecondReturnFindsIsNotWhatTheFirstLeft(
        _ build: InterpretedProgram.Build
    ) throws {
        let seen = try program(build).objects(seenIn: "after_second_return")
        #expect(seen.count == 1 && seen[0].hasPrefix("&*stack-"), "\(seen)")
    }

    @Test func theAnswerDoesNotDependOnHowTheWorkIsCut() throws {
        let code = BinaryCode(try CodeMap(BinaryFile(path: "/usr/lib/x86_64-linux-gnu/liblz4.so.1")))
        let functions = code.map.functions.indices
        let whole = CodeFacts(code, BinaryTypes(), chunks: [functions])
        let cut = CodeFacts(code, BinaryTypes(), chunks: functions.map { $0..<$0 + 1 })
        #expect(whole.paths.nodes == cut.paths.nodes)
        #expect(whole.arguments == cut.arguments)
        #expect(whole.functions.count == cut.functions.count)
        #expect(whole.calls.count > 300)
        #expect(zip(whole.stores, cut.stores).allSatisfy { $0.place == $1.place && $0.value == $1.value })
    }
}
