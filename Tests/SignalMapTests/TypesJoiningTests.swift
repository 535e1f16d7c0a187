import TestSupport
import Testing

@testable import SignalMap

/// Types of several units.
@Suite struct TypesJoiningTests {
    private static let builds =
        TypesBuild.c + [
            TypesBuild(compiler: "gcc", flags: ["-O2", "-gdwarf-5", "-fdebug-types-section"]),
            TypesBuild(compiler: "gcc", flags: ["-O2", "-gdwarf-5", "-flto", "-ffat-lto-objects"]),
            TypesBuild(compiler: "gcc", flags: ["-O2", "-gdwarf-5", "-gz"]),
            TypesBuild(compiler: "clang", flags: ["-O1", "-gdwarf-5", "-fdebug-types-section"]),
        ]

    @Test(arguments: builds)
    func equalStructuresAreOneAndOthersAreNot(_ build: TypesBuild) throws {
        let types = try BinaryTypes(build.program("first.c", "second.c"))
        #expect(types.gaps == [])
        func all(_ name: String) -> [TypeTable.Structure] { types.table.structures.filter { $0.name == name } }
        #expect(all("same").count == 1)
        #expect(all("user").count == 1)
        // One name with two layouts.
        #expect(all("item").map(\.size).sorted() == [16, 64])
        // What points to either of them is one structure, but to which it points is not known.
        let holder = all("holder")
        #expect(holder.count == 1)
        // Type units are joined by gcc and the linker before we see them, whichever of the two they point to.
        if !build.flags.contains("-fdebug-types-section") {
            #expect(holder.first?.members.first.map { types.text($0.type) } == "?*")
        }
        // The declaration in one file means the definition in the other.
        let opaque = all("opaque")
        #expect(opaque.map(\.isDeclaration) == [false])
        let user = try #require(types.structure("user")?.structure)
        #expect(user.members.map { types.text($0.type) } == ["opaque*", "same*"])
        #expect(types.members(at: 8, in: types.table.pointee(user.members[0].type)) == ["same.ready"])
        // Each variable has its own file's.
        let first = try #require(types.globals.first { $0.name == "g_first_item" })
        let second = try #require(types.globals.first { $0.name == "g_second_item" })
        #expect(types.table.size(of: first.type) == 16)
        #expect(types.members(at: 8, in: second.type) == ["item.ready"])
        #expect(types.members(at: 8, in: first.type) == ["item.weight"])
        #expect(!types.table.mayBeSame(first.type, second.type))
    }

    @Test func separateAndSplitDebugFilesAreFound() throws {
        // The debug file by its link.
        let program = try FixtureProgram(
            ["types/first.c", "types/second.c"], flags: ["-g", "-O1", "-Wl,--build-id=none", "-DSEPARATE"])
        let place = program.executable.path
        let stripped = place + "-stripped"
        let debug = stripped + ".debug"
        try run(["objcopy", "--only-keep-debug", place, debug])
        try run(["strip", "-o", stripped, place])
        try run(["objcopy", "--add-gnu-debuglink=" + debug, stripped])
        let separate = try BinaryTypes(BinaryFile(path: stripped))
        #expect(separate.structure("same")?.structure.size == 56)
        #expect(separate.gaps == [])
        // Without it a gap says so.
        let bare = place + "-bare"
        try run(["strip", "-o", bare, place])
        let none = try BinaryTypes(BinaryFile(path: bare))
        #expect(none.table.structures == [])
        #expect(none.gaps.count == 1)
        // Split DWARF keeps its types in files beside the program.
        for version in ["-gdwarf-5", "-gdwarf-4"] {
            let split = try FixtureProgram(
                ["types/first.c", "types/second.c"], flags: ["-O1", "-gsplit-dwarf", version])
            let types = try BinaryTypes(split)
            #expect(types.structure("same")?.structure.size == 56, "\(version)")
            #expect(types.table.structures.count { $0.name == "item" } == 2, "\(version)")
            #expect(types.globals.contains { $0.name == "g_second_item" }, "\(version)")
            #expect(types.function("work")?.function.registers.map { types.text($0) } == ["opaque*", "same*"])
        }
    }
}
