import TestSupport
import Testing

@testable import SignalMap

/// The access paths of access_paths.c with the names of members, which debug information tells.
@Suite struct InterpreterTypesTests {
    static let builds: [InterpretedProgram.Build] = ["gcc", "clang"].flatMap { compiler in
        ["-O0", "-O1", "-O2", "-O3"].map {
            InterpretedProgram.Build(compiler: compiler, flags: [$0, "-g", "-fno-inline", "-fPIC", "-shared"])
        }
    }

    private func program(_ build: InterpretedProgram.Build) throws -> InterpretedProgram {
        try InterpretedProgram("access_paths", build)
    }

    @Test(arguments: builds) func membersAreNamed(_ build: InterpretedProgram.Build) throws {
        let program = try program(build)
        for (function, paths) in [
            ("by_parameter", ["&param0->item(owner).cond"]), ("embedded", ["&param0->cond"]),
            ("by_global_pointer", ["&*the_owner.item(owner).cond"]), ("handed_on", ["&param0->item(owner).lock"]),
            ("one_or_none", ["&param0->item(owner).cond"]),
            // An interposable variable is known by its symbol.
            ("by_global", ["the_own_item+16", "the_own_item.cond"]),
        ] {
            let seen = try program.objects(seenIn: function)
            #expect(seen.count == 1 && paths.contains(seen[0]), "\(function): \(seen)")
        }
        for (function, end) in [("each", "cond"), ("on_stack", "cond")] {
            let seen = try program.objects(seenIn: function)
            #expect(seen.count == 1 && seen[0].hasSuffix(end), "\(function): \(seen)")
            #expect(!seen[0].contains("["), "\(function): \(seen)")
        }
        #expect(try program.pointers(calledIn: "through_pointer") == ["param0->item(owner).done(item)"])
    }

    @Test(arguments: builds) func storesNameMembers(_ build: InterpretedProgram.Build) throws {
        let program = try program(build)
        #expect(try program.stores(in: "two_hooks").sorted() == ["&param0->done = hook_a", "&param0->failed = hook_b"])
        #expect(try program.stores(in: "set_state") == ["&param0->state = 3"])
        let bundle = try program.stores(in: "handed_bundle").filter { $0.contains("stack") }
        #expect(bundle.contains { $0.hasSuffix("->done = hook_a") }, "\(bundle)")
        #expect(bundle.contains { $0.hasSuffix("= param0->item(owner)") }, "\(bundle)")
        let copies = try program.stores(in: "copied_whole")
        let isCopied = try program.calls(in: "copied_whole").contains { program.name(of: $0) == "memcpy" }
        #expect(isCopied || copies.contains("&param0->item = param1->item(many)"), "\(copies)")
        #expect(isCopied || copies.contains("&param0->hooks = param1->hooks(many)") || copies.count > 20, "\(copies)")
    }

    @Test(arguments: builds) func whatLiesAroundAStructureHasNoTypeOfIt(_ build: InterpretedProgram.Build) throws {
        let program = try program(build)
        let seen = try program.objects(seenIn: "around")
        #expect(seen.count == 1)
        #expect(seen.allSatisfy { !$0.contains("lock") && !$0.contains("cond") }, "\(seen)")
    }

    @Test(arguments: builds) func elementsKeepTheirType(_ build: InterpretedProgram.Build) throws {
        let program = try program(build)
        let element = try program.objects(seenIn: "of_array")
        #expect(element.count == 1 && element[0].hasPrefix("&param0[](item)"), "\(element)")
        let indexed = try program.objects(seenIn: "by_index")
        #expect(indexed.count == 1 && indexed[0].hasPrefix("*&param0[]"), "\(indexed)")
    }

    /// What ends a variable's life by being stored where it was is nothing of its type.
    @Test(arguments: ["-O1", "-O2", "-O3"]) func whatReplacesAVariableHasNoTypeOfIt(_ level: String) throws {
        let program = try InterpretedProgram(
            ["reused_slot.c"], compiler: "gcc", flags: [level, "-g", "-fomit-frame-pointer", "-fPIC", "-shared"])
        let call = try #require(try program.calls(in: "reused").first { program.name(of: $0) == "put" })
        let bytes = program.facts.arguments[call.arguments.lowerBound]
        #expect(program.description.describe(bytes).hasPrefix("stack-"))
        let table = program.description.types.table
        #expect(table.structure(table.pointee(bytes.type)) == nil)
        for function in ["reused", "kept"] {
            #expect(try program.objects(seenIn: function) == ["&param0->next(item).next"], "\(function)")
        }
    }
}
