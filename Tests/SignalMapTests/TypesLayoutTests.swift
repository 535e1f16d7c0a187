import Foundation
import TestSupport
import Testing

@testable import SignalMap

/// Layouts against what the program itself prints by sizeof and offsetof, and against gdb.
@Suite struct TypesLayoutTests {
    @Test(arguments: TypesBuild.c)
    func sizesAndOffsetsAreTheCompilers(_ build: TypesBuild) throws {
        let program = try build.program("layout.c")
        let types = try BinaryTypes(program)
        #expect(types.gaps == [])
        var checked = 0
        for line in try run([program.executable.path]).output.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            switch words.first {
            case "size":
                let name = words[1..<words.count - 1].joined(separator: " ")
                let size = try #require(UInt64(words[words.count - 1]))
                #expect(types.structure(name)?.structure.size == size, "\(name)")
                checked += 1
            case "member":
                let offset = try #require(UInt64(words[3]))
                let member = try #require(
                    types.structure(words[1])?.structure.members.first { $0.name == words[2] }, "\(line)")
                #expect(member.offset == offset, "\(line)")
                #expect(types.table.size(of: member.type) == UInt64(words[4]), "\(line)")
                checked += 1
            case "own":
                let list = try #require(types.threadLocals.first { $0.name == "g_own_list" })
                let number = try #require(types.threadLocals.first { $0.name == "g_own_number" })
                #expect(number.address &- list.address == UInt64(words[2]))
                checked += 1
            default: Issue.record("\(line)")
            }
        }
        #expect(checked == 32)
    }

    /// Every line of gdb's "ptype /o" that names a member that is no structure.
    @Test(arguments: TypesBuild.c)
    func membersAreThoseOfGDB(_ build: TypesBuild) throws {
        let program = try build.program("layout.c")
        let types = try BinaryTypes(program)
        let line = /^\/\*\s+(\d+)(?:: *\d+)?\s+\|\s+(\d+) \*\/\s.*?(\w+)(?:\[\d*\])*(?: : \d+)?(?:\)\(.*\))?;$/
        var checked = 0
        for name in ["outer", "extended", "other_extended", "packed", "list"] {
            let output = try run([
                "gdb", "-batch", "-nx", "-ex", "ptype /o struct \(name)", program.executable.path,
            ]).output
            for text in output.split(separator: "\n") {
                guard let match = text.wholeMatch(of: line), let offset = UInt64(match.1) else { continue }
                let members = types.members(at: offset, in: types.type(name))
                // Of the members within "points", gdb counts from its start.
                if text.contains("        "), name == "outer", ["x", "y"].contains(match.3) { continue }
                let isPart = types.structure(name)?.structure.members.contains {
                    $0.name == match.3 && $0.offset == offset
                }
                #expect(members.contains { $0.hasSuffix("." + match.3) } || isPart == true, "\(text) \(members)")
                checked += 1
            }
        }
        #expect(checked >= 24)
    }

    @Test func leavesAreTheInnermostMembers() throws {
        let types = try BinaryTypes(TypesBuild.c[0].program("layout.c"))
        let outer = types.type("outer")
        // All members of a union; structures within arrays, by the offset in an element.
        #expect(
            types.members(at: 8, in: outer) == [
                "outer.(unnamed at +8).number", "outer.(unnamed at +8).real", "outer.(unnamed at +8).halves.low",
            ])
        #expect(types.members(at: 16 + 2 * 24 + 8, in: outer) == ["list.next"])
        // Synchronization objects are members as a whole, also from within.
        #expect(types.members(at: 88, in: outer) == ["outer.lock"])
        #expect(types.members(at: 92, in: outer) == ["outer.lock"])
        #expect(types.members(at: 128 + 48, in: outer) == ["outer.wake"])
        #expect(types.table.leaf(at: 128 + 48, in: outer).isStart)
        #expect(!types.table.leaf(at: 92, in: outer).isStart)
        #expect(types.text(types.table.leaf(at: 128, in: outer).type) == "pthread_cond_t")
        #expect(types.members(at: 312 + 13, in: outer) == ["outer.grid"])
        // Padding is nobody's; half a member has no type.
        #expect(types.members(at: 3, in: outer) == [])
        #expect(types.members(at: 226, in: outer) == ["outer.slots"])
        #expect(!types.table.leaf(at: 226, in: outer).type.isKnown)
        // A flexible array reaches to any offset.
        #expect(types.members(at: 352 + 1000 * 16 + 8, in: outer) == ["list.previous"])
        // An array of structures, as a global variable is.
        let extended = try #require(types.globals.first { $0.name == "g_extended" })
        #expect(types.text(extended.type) == "extended[4]")
        #expect(types.members(at: 3 * 104 + 8, in: extended.type) == ["header.lock"])
        #expect(types.global(holding: extended.address + 415)?.offset == 415)
        #expect(types.global(holding: extended.address + 416)?.global.name != "g_extended")
    }

    @Test func offsetsBehindAStructureAreOfThoseThatBeginWithIt() throws {
        let types = try BinaryTypes(TypesBuild.c[0].program("layout.c"))
        let header = types.type("header")
        #expect(types.members(at: 8, in: header) == ["header.lock"])
        // Both begin with it.
        #expect(Set(types.members(at: 48, in: header)) == ["extended.ready", "other_extended.list"])
        // Only one is as long.
        #expect(types.members(at: 96, in: header) == ["extended.count"])
        #expect(types.members(at: 4096, in: header) == [])
        // A near miss: "list" begins no structure as its first member, so that nothing lies behind it.
        #expect(types.members(at: 16, in: types.type("list")) == [])
    }

    @Test func nestedStructuresBeginWhereTheyBegin() throws {
        let types = try BinaryTypes(TypesBuild.c[0].program("layout.c"))
        let outer = types.type("outer")
        func nested(_ offset: UInt64, _ type: TypeID) -> String { types.text(types.table.nested(at: offset, in: type)) }
        #expect(nested(88, outer) == "pthread_mutex_t")
        #expect(nested(128 + 48, outer) == "pthread_cond_t")
        #expect(nested(16 + 24, outer) == "outer.points")
        #expect(nested(16 + 24 + 8, outer) == "list")
        #expect(nested(288, outer) == "named_by_typedef")
        #expect(nested(296, outer) == "list")
        #expect(nested(352 + 32, outer) == "list")
        #expect(nested(8, outer) == "outer.(unnamed at +8)")
        #expect(nested(224, outer) == "?")
        #expect(nested(20, outer) == "?")
        #expect(nested(0, types.type("extended")) == "header")
        #expect(nested(48, types.type("header")) == "pthread_cond_t")
    }
}
