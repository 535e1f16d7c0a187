import Foundation
import TestSupport
import Testing

@testable import SignalMap

/// Exceptions, damaged code, and code that no compiler makes.
@Suite struct InterpreterEdgeTests {
    static let builds: [InterpretedProgram.Build] = ["g++", "clang++"].flatMap { compiler in
        ["-O0", "-O1", "-O2", "-O3"].map {
            InterpretedProgram.Build(compiler: compiler, flags: [$0, "-fPIC", "-shared"])
        }
    }

    @Test(arguments: builds) func handlersKnowWhatTheirFunctionHeld(_ build: InterpretedProgram.Build) throws {
        let program = try InterpretedProgram(
            ["access_paths_throwing.cpp"], compiler: build.compiler, flags: build.flags)
        #expect(try program.objects(seenIn: "in_handler") == ["&param0->[8].[16]"])
        // Without optimisation the object that holds it has an address, and no debug information says how large it is.
        let held = build.flags.contains("-O0") ? "&*stack-" : "&param0->[8].[8]"
        let seen = try program.objects(seenIn: "in_cleanup")
        #expect(seen == ["&param0->[8].[8]"] || seen.count == 1 && seen[0].hasPrefix(held), "\(seen)")
    }

    /// Seeded bytes in place of a real library's code: everything ends, and whatever is lost is marked.
    @Test(arguments: [2000, 100, 10, 1]) func damagedCodeEnds(_ share: UInt64) throws {
        let path = "/usr/lib/x86_64-linux-gnu/liblz4.so.1"
        let text = try #require(BinaryFile(path: path).code.max { $0.size < $1.size })
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        var random = SplitMix(seed: share)
        for index in 0..<Int(text.size) where random.next() % share == 0 {
            bytes[Int(text.offset) + index] = UInt8(truncatingIfNeeded: random.next())
        }
        let code = try self.code(bytes)
        let facts = CodeFacts(code, BinaryTypes())
        #expect(facts.functions.count == code.map.functions.count)
        #expect(share > 100 || facts.marks.count > 10)
        check(facts)
    }

    /// One function of many thousand blocks that all lead to each other, each with a stack slot of its own.
    @Test func aFunctionThatNeverSettlesEnds() throws {
        var text: [UInt8] = []
        var random = SplitMix(seed: 7)
        while text.count < 1 << 15 {
            // mov %rax, -8 * n(%rsp); add $8, %rax; je somewhere
            let slot = Int32(truncatingIfNeeded: -8 * (text.count % 400) - 8)
            text += [0x48, 0x89, 0x84, 0x24] + bytes(of: slot) + [0x48, 0x83, 0xc0, 0x08, 0x0f, 0x84]
            text += bytes(of: Int32(truncatingIfNeeded: Int(random.next() % 20000) - 10000))
        }
        let code = try self.code(ELFSketch(text: text).bytes)
        #expect(code.map.functions.count == 1)
        let facts = CodeFacts(code, BinaryTypes())
        #expect(facts.tests.count > 1000)
        check(facts)
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>) func anyBytesEnd(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let text = (0..<1 << 14).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let facts = CodeFacts(try code(ELFSketch(text: text).bytes), BinaryTypes())
        #expect(facts.marks.contains { $0.what == .unknownState })
        check(facts)
    }

    private func bytes(of value: Int32) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }

    private func code(_ bytes: [UInt8]) throws -> BinaryCode {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).so")
        try Data(bytes).write(to: path)
        defer { try? FileManager.default.removeItem(at: path) }
        return BinaryCode(try CodeMap(BinaryFile(path: path.path)))
    }

    /// Every stretch and every path lies inside of the lists.
    private func check(_ facts: CodeFacts) {
        let paths = facts.paths.nodes.count
        #expect(facts.arguments.allSatisfy { Int($0.path.index) < paths })
        #expect(facts.stores.allSatisfy { Int($0.place.index) < paths && Int($0.value.path.index) < paths })
        #expect(facts.tests.allSatisfy { Int($0.left.index) < paths && Int($0.right.index) < paths })
        #expect(facts.functions.last.map { $0.calls.upperBound == facts.calls.count } ?? true)
        #expect(facts.functions.last.map { $0.marks.upperBound == facts.marks.count } ?? true)
    }
}

/// A shared object with nothing but code, laid out by hand: one segment, one function symbol over all of it.
struct ELFSketch {
    var bytes: [UInt8] = []

    init(text: [UInt8]) {
        let names = Array("\0.text\0.symtab\0.strtab\0f\0".utf8)
        let textOffset: UInt64 = 0x1000
        let symbolsOffset = textOffset + UInt64(text.count + 7) / 8 * 8
        let namesOffset = symbolsOffset + 48
        let sectionsOffset = (namesOffset + UInt64(names.count) + 7) / 8 * 8
        // ELF-64, little endian, ET_DYN, x86-64 (gABI, "ELF Header")
        bytes = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
        add(UInt16(3), UInt16(62))
        add(UInt32(1))
        add(0, UInt64(64), sectionsOffset)
        add(UInt32(0))
        add(UInt16(64), UInt16(56), UInt16(1), UInt16(64), UInt16(4), UInt16(3))
        // PT_LOAD, readable and executable
        add(UInt32(1), UInt32(5))
        add(0, 0, 0, symbolsOffset, symbolsOffset, UInt64(0x1000))
        bytes += [UInt8](repeating: 0, count: Int(textOffset) - bytes.count) + text
        bytes += [UInt8](repeating: 0, count: Int(symbolsOffset) - bytes.count + 24)
        // f, a global function in section 1
        add(UInt32(23))
        add(UInt16(0x12), UInt16(1))
        add(textOffset, UInt64(text.count))
        bytes += names
        bytes += [UInt8](repeating: 0, count: Int(sectionsOffset) - bytes.count + 64)
        section(name: 1, type: 1, flags: 6, at: textOffset, size: UInt64(text.count))
        section(name: 7, type: 2, flags: 0, at: symbolsOffset, size: 48, link: 3, entrySize: 24)
        section(name: 15, type: 3, flags: 0, at: namesOffset, size: UInt64(names.count))
    }

    private mutating func add<Number: FixedWidthInteger>(_ numbers: Number...) {
        for number in numbers { withUnsafeBytes(of: number.littleEndian) { bytes += Array($0) } }
    }

    private mutating func add(_ numbers: UInt64...) {
        for number in numbers { withUnsafeBytes(of: number.littleEndian) { bytes += Array($0) } }
    }

    private mutating func section(
        name: UInt32, type: UInt32, flags: UInt64, at offset: UInt64, size: UInt64, link: UInt32 = 0,
        entrySize: UInt64 = 0
    ) {
        add(name, type)
        add(flags, flags & 2 == 0 ? 0 : offset, offset, size)
        add(link, UInt32(1))
        add(UInt64(8), entrySize)
    }
}
