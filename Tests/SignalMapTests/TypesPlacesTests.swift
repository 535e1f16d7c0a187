import Foundation
import TestSupport
import Testing

@testable import SignalMap

/// Where variables live, against gdb's "info scope".
@Suite struct TypesPlacesTests {
    private static let registers = [
        "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
    ]

    /// A place as gdb words it, with the range where it holds.
    private struct Claim: Hashable, CustomStringConvertible {
        var low: UInt64
        var high: UInt64
        var register: UInt8
        var description: String {
            "\(String(low, radix: 16))-\(String(high, radix: 16)) \(TypesPlacesTests.registers[Int(register)])"
        }
    }

    /// Of each variable that matters the ranges in which gdb finds it in a register.
    private func claims(_ program: FixtureProgram, _ function: String) throws -> Set<Claim> {
        let output = try run(["gdb", "-batch", "-nx", "-ex", "info scope \(function)", program.executable.path]).output
        var claims: Set<Claim> = []
        var matters = false
        let range = /.*Range (0x[0-9a-f]+)-(0x[0-9a-f]+): a variable in \$(\w+).*/
        for line in output.split(separator: "\n") {
            if let name = line.firstMatch(of: /Symbol (\w+) is\b/)?.1 { matters = name.hasSuffix("_p") }
            guard matters, let match = line.wholeMatch(of: range),
                let low = UInt64(match.1.dropFirst(2), radix: 16), let high = UInt64(match.2.dropFirst(2), radix: 16),
                let register = Self.registers.firstIndex(of: String(match.3))
            else { continue }
            claims.insert(Claim(low: low, high: high, register: UInt8(register)))
        }
        return claims
    }

    @Test(arguments: TypesBuild.c.filter { $0.flags.contains("-O2") })
    func registersAreThoseOfGDB(_ build: TypesBuild) throws {
        let program = try build.program("places.c")
        let types = try BinaryTypes(program)
        var checked = 0
        for name in ["walk", "main", "look"] {
            let entry = try #require(types.function(name)?.entry)
            var ours: Set<Claim> = []
            for place in types.places[entry] ?? [] {
                guard case .register(let register) = place.location else { continue }
                ours.insert(Claim(low: place.low, high: place.high, register: register))
            }
            let theirs = try claims(program, name)
            #expect(theirs.subtracting(ours) == [], "\(name)")
            checked += theirs.count
        }
        #expect(checked >= 8)
    }

    /// Variables whose addresses are taken are on the stack: the program says where, from its canonical frame address,
    /// which is 8 bytes above the stack pointer at entry; and with a frame pointer 16 above that.
    @Test(arguments: TypesBuild.c)
    func placesOnTheStackAreWhereTheProgramSeesThem(_ build: TypesBuild) throws {
        let program = try build.program("places.c", more: ["-fno-omit-frame-pointer"])
        let types = try BinaryTypes(program)
        let places = types.places[try #require(types.function("frame")?.entry)] ?? []
        let lines = try run([program.executable.path]).output.split(separator: "\n").filter { $0.hasPrefix("place ") }
        #expect(lines.count == 3)
        for line in lines {
            let words = line.split(separator: " ").map(String.init)
            let offset = try #require(Int64(words[2]))
            let found = places.filter { types.text($0.type) == words[1] }.contains { place in
                switch place.location {
                case .stack(let bytes): bytes == offset + 8
                case .base(5, let bytes): bytes == offset + 16
                case .base(4, _): build.compiler == "clang"
                default: false
                }
            }
            #expect(found, "\(line) \(places.map { ($0.location, types.text($0.type)) })")
        }
    }

    @Test(arguments: TypesBuild.c.filter { $0.flags.contains("-O0") })
    func placesOnTheStackAreThoseOfGDB(_ build: TypesBuild) throws {
        let program = try build.program("places.c")
        let types = try BinaryTypes(program)
        let places = types.places[try #require(types.function("walk")?.entry)] ?? []
        let output = try run(["gdb", "-batch", "-nx", "-ex", "info scope walk", program.executable.path]).output
        var theirs: [(name: String, location: BinaryTypes.Place.Location)] = []
        var name = ""
        for line in output.split(separator: "\n") {
            if let match = line.firstMatch(of: /Symbol (\w+) is\b/) { name = String(match.1) }
            guard name.hasSuffix("_p") else { continue }
            if let match = line.firstMatch(of: /DW_OP_fbreg (-?\d+)/), let offset = Int64(match.1) {
                theirs.append((name, .stack(offset + 8)))
            } else if let match = line.firstMatch(of: /frame base reg \$rbp offset 0\+(-?\d+)/),
                let offset = Int64(match.1)
            {
                theirs.append((name, .base(5, offset)))
            }
        }
        #expect(theirs.map(\.name) == ["first_p", "second_p", "local_p", "buffer_p"])
        for (place, type) in zip(theirs, ["node*", "node*", "node", "integer1*"]) {
            #expect(
                places.contains { $0.location == place.location && types.text($0.type) == type },
                "\(place) \(places)")
        }
    }

    /// Blocks of their own give the same bytes of the stack to different variables.
    @Test(arguments: TypesBuild.c)
    func variablesOfBlocksHoldInTheirBlocks(_ build: TypesBuild) throws {
        let types = try BinaryTypes(build.program("places.c"))
        let entry = try #require(types.function("walk")?.entry)
        let places = types.places[entry] ?? []
        let texts = places.filter { types.text($0.type) == "text" }
        let others = places.filter { types.text($0.type) == "node[2]" }
        #expect(!texts.isEmpty)
        #expect(!others.isEmpty)
        for text in texts {
            for other in others {
                #expect(text.high <= other.low || other.high <= text.low || text.location != other.location)
            }
        }
        // The loop's variable of the inlined function, too.
        #expect(places.contains { types.text($0.type) == "node*" && $0.low > entry })
    }
}
