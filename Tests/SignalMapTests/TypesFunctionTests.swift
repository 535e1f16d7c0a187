import Foundation
import TestSupport
import Testing

@testable import SignalMap

/// Functions: in which registers their arguments come, against what the processor shows when they are called.
@Suite struct TypesFunctionTests {
    private func expectRegisters(_ program: FixtureProgram, count: Int) throws {
        let types = try BinaryTypes(program)
        var checked = 0
        for line in try run([program.executable.path]).output.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            guard words.first == "registers" else { continue }
            let function = try #require(types.function(words[1]), "\(line)").function
            let registers = function.registers.map { types.text($0) }
            #expect(registers.count == words.count - 2, "\(line) \(registers)")
            for (register, object) in zip(registers, words.dropFirst(2)) where object != "-" {
                #expect(register == object + "*", "\(line) \(registers)")
            }
            #expect(function.returnsInMemory == (words.count > 2 && words[2] == "large"), "\(line)")
            checked += 1
        }
        #expect(checked == count)
    }

    @Test(arguments: TypesBuild.c)
    func argumentsComeInTheRegistersOfTheABI(_ build: TypesBuild) throws {
        try expectRegisters(build.program("calls.c"), count: 16)
    }

    @Test(arguments: TypesBuild.cxx)
    func classesComeAsTheABISays(_ build: TypesBuild) throws {
        try expectRegisters(build.program("classes.cpp"), count: 5)
    }

    @Test(arguments: TypesBuild.cxx)
    func classesAreRead(_ build: TypesBuild) throws {
        let program = try build.program("classes.cpp")
        let types = try BinaryTypes(program)
        for line in try run([program.executable.path]).output.split(separator: "\n") where line.hasPrefix("size ") {
            let words = line.split(separator: " ").map(String.init)
            let name = words[1..<words.count - 1].joined(separator: " ")
            // clang leaves classes of libraries declared where nothing of them is compiled here.
            if build.compiler == "clang++",
                types.table.structures.contains(where: { $0.name == name && $0.isDeclaration })
            {
                continue
            }
            #expect(types.structure(name)?.structure.size == UInt64(words[words.count - 1]), "\(name)")
        }
        let queue = try #require(types.structure("store::Queue")?.structure)
        let bases = queue.members.filter(\.isBase)
        #expect(bases.map { types.text($0.type) } == ["store::Base", "store::Shared"])
        #expect(bases.map(\.isVirtual) == [false, true])
        #expect(bases[0].offset == 0)
        #expect(queue.isPassedByReference)
        let type = types.type("store::Queue")
        #expect(types.members(at: 8, in: type) == ["store::Base.number"])
        #expect(types.members(at: 16, in: type) == ["store::Queue.mutex"])
        #expect(types.members(at: 56, in: type) == ["store::Queue.ready"])
        // The same template of another argument is another class.
        let names = Set(types.table.structures.map(\.name))
        #expect(names.contains { $0.hasPrefix("store::Slot<t1") })
        #expect(names.contains { $0.hasPrefix("store::Slot<long") })
        // "this" is a parameter, references are pointers.
        let run = try #require(types.functions.values.first { $0.name == "_ZN5store5Queue3runEP2t1" })
        #expect(run.registers.map { types.text($0) } == ["store::Queue*", "t1*"])
        let owner = try #require(types.function("returns_owner")?.function)
        #expect(owner.returnsInMemory)
        #expect(owner.registers.map { types.text($0) } == ["Owner*", "t2*"])
        #expect(types.globals.contains { $0.name == "store::Queue::count" })
        #expect(types.globals.contains { $0.name == "store::(anonymous namespace)::g_hidden" })
    }

    /// A copy that the compiler made with fewer parameters has its registers by its places, not by the prototype.
    @Test func copiesWithOtherParametersHaveTheirOwnRegisters() throws {
        let program = try FixtureProgram(["types/copies.c"], compiler: "gcc", flags: ["-g", "-O2"])
        let types = try BinaryTypes(program)
        let symbols = try BinaryFile(path: program.executable.path).symbols
        let copy = try #require(symbols.first { $0.name.hasPrefix("worker.") && $0.isFunction })
        let function = try #require(types.functions[copy.address])
        #expect(function.registers.contains { types.text($0) == "t2*" })
        #expect(types.text(function.registers[0]) != "t1*")
    }
}
