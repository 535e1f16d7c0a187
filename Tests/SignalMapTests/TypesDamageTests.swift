import Foundation
import TestSupport
import Testing

@testable import SignalMap

/// Debug information that no compiler writes.
@Suite struct TypesDamageTests {
    /// An object whose entries are written by hand.
    private func hostile() throws -> BinaryTypes {
        let program = try FixtureProgram(
            ["types/hostile.s"], compiler: "gcc", flags: ["-nostdlib", "-shared", "-Wl,-e,0"])
        return try BinaryTypes(program)
    }

    @Test func ringsOfTypesEnd() throws {
        let types = try hostile()
        // A structure that contains itself by value, a typedef of itself, an array of itself.
        let ring = types.type("ring")
        #expect(ring.isKnown)
        #expect(types.table.leaf(at: 0, in: ring).members.count <= 256)
        #expect(types.table.leaf(at: 4, in: ring).members.count <= 256)
        _ = types.table.nested(at: 4, in: ring)
        let users = try #require(types.structure("users")?.structure)
        #expect(users.members.map(\.name) == ["typedef", "array", "pointers", "nowhere", "huge"])
        #expect(!users.members[0].type.isKnown)
        #expect(!users.members[3].type.isKnown)
        #expect(types.table.size(of: users.members[4].type) == 0)
    }

    @Test func damagedFilesComeBack() throws {
        let program = try FixtureProgram(["types/places.c"], compiler: "gcc", flags: ["-g", "-O2", "-gdwarf-5"])
        let whole = try [UInt8](Data(contentsOf: program.executable))
        var random = SplitMix(seed: 0x7e57)
        let start = whole.count / 2
        for round in 0..<400 {
            var bytes = whole
            for _ in 0..<1 + round % 8 {
                bytes[start + Int(random.next() % UInt64(whole.count - start))] = UInt8(
                    truncatingIfNeeded: random.next())
            }
            if round % 16 == 0 { bytes.removeLast(Int(random.next() % UInt64(whole.count))) }
            bytes.withUnsafeBytes { TypeFuzzing.types($0) }
        }
    }
}
