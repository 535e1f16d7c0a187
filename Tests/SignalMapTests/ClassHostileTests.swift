import DebugInfo
import Foundation
import TestSupport
import Testing

@testable import SignalMap

/// Classes of files that are damaged, and of tables that no compiler makes.
@Suite struct ClassHostileTests {
    /// A type by number with its bases by number, all at offset 0.
    private func tables(_ bases: [[Int32]], virtual: Bool = false) -> ClassTables {
        var tables = ClassTables()
        for (number, list) in bases.enumerated() {
            let first = Int32(tables.bases.count)
            for base in list {
                tables.bases.append(.init(type: base, offset: 8, isVirtual: virtual, isPublic: true))
            }
            tables.names.append("1\(Character(UnicodeScalar(65 + UInt8(number % 26))))\(number)")
            tables.types.append(
                .init(
                    address: UInt64(number + 1), name: Int32(number), isLocal: false,
                    bases: first..<Int32(tables.bases.count)))
            tables.slots.append(.init(offset: 0, callee: .init(kind: .function, function: Int32(number))))
            tables.subobjects.append(.init(type: Int32(number), offset: 0))
            tables.tables.append(
                .init(
                    address: UInt64(number) * 64 + 4096, kind: .primary, type: Int32(number), group: Int32(number),
                    offsetToTop: 0, slots: Int32(number)..<Int32(number) + 1))
            tables.groups.append(
                .init(
                    start: UInt64(number) * 64 + 4080, end: UInt64(number) * 64 + 4104,
                    tables: Int32(number)..<Int32(number) + 1, symbol: -1, isExported: false,
                    references: Int32(number)..<Int32(number) + 1,
                    subobjects: Int32(number)..<Int32(number) + 1))
            tables.references.append(.init(place: 1, function: 0))
        }
        return tables
    }

    @Test func ringsOfBasesEnd() {
        let ring = ClassHierarchy([tables([[1], [2], [0], [3]])])
        #expect(ring.descendants(of: 0).sorted() == [0, 1, 2])
        #expect(ring.descendants(of: 3) == [3])
        #expect(ring.descendants(of: 99).isEmpty && ring.descendants(of: -1).isEmpty)
        let answer = ring.targets(ofSlot: 0, classes: [0])
        #expect(answer.targets.map(\.callee.function) == [0])
        #expect(ring.targets(ofSlot: 8, classes: [0]).targets.isEmpty)
        #expect(ring.targets(ofSlot: .min, classes: [0], pointerOffset: .min).targets.isEmpty)
        #expect(ring.targets(ofSlot: 0, classes: []).targets.count == 4)
    }

    @Test func basesOfBasesInRingsAcrossModulesEnd() {
        // Each module knows the type by name only from the other.
        var first = tables([[1], [0]])
        first.types[1].address = 0
        first.types[1].hasUnknownBases = true
        first.types[1].bases = 0..<0
        let second = tables([[1], [0]])
        let both = ClassHierarchy([first, second])
        #expect(both.classCount == 2)
        #expect(!both.targets(ofSlot: 0, classes: [1]).targets.isEmpty)
    }

    @Test func namesThatAreNoneAreNotFound() {
        let hierarchy = ClassHierarchy([tables([[]])])
        for name in ["", "<", ">>>>", "A<", "::", "1", String(repeating: "<", count: 10_000)] {
            #expect(hierarchy.classes(named: name).isEmpty)
            #expect(hierarchy.targets(ofSlot: 0, staticClass: name).level == .all)
        }
        #expect(hierarchy.targets(ofSlot: 0, staticClass: "1A0").level == .byClass)
    }

    @Test func spellingsOfOneClassAreJoined() {
        var names = ClassNames()
        // typeid of Crate<std::string, 4ul>, of std::ostream, of a class of an unnamed namespace.
        names.add("5CrateINSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEELm4EE", for: 0)
        names.add("So", for: 1)
        names.add("N12_GLOBAL__N_16HiddenE", for: 2)
        names.add("5CrateIiLm5EE", for: 3)
        let string = "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >"
        #expect(names.classes(named: "Crate<\(string), 4>") == [0])
        #expect(names.classes(named: "Crate<\(string), 4UL>") == [0])
        #expect(names.classes(named: "Crate<int, 5>") == [3])
        #expect(names.classes(named: "Crate<std::string, 4>") == [0, 3])
        #expect(names.classes(named: "std::basic_ostream<char, std::char_traits<char> >") == [1])
        #expect(names.classes(named: "(anonymous namespace)::Hidden") == [2])
        #expect(names.classes(named: "Hidden").isEmpty)
        // A class within rocksdb::DBImpl::RecoverLogFiles(std::vector<...> const&, ...).
        let local = "ZN7rocksdb6DBImpl15RecoverLogFilesERKSt6vectorImSaImEEPmbPbPNS0_15RecoveryContextEE11LogReporter"
        names.add(local, for: 4)
        #expect(names.classes(named: "rocksdb::DBImpl::RecoverLogFiles::LogReporter") == [4])
        #expect(names.classes(named: "rocksdb::RecoverLogFiles::LogReporter") == [4])
        #expect(names.classes(named: "rocksdb::LogReporter").isEmpty)
    }

    /// Bytes of data changed at random: nothing traps, and what is found lies within the arrays.
    @Test(arguments: [
        ("classes.cpp", "g++", "-O1"), ("classes.cpp", "g++", "-no-pie"), ("tables.swift", "swiftc", "-O"),
    ])
    func damagedDataIsSurvived(_ source: String, _ compiler: String, _ flag: String) throws {
        let flags = compiler == "swiftc" ? ["-parse-as-library", flag] : [flag, "-pthread"]
        let program = try FixtureProgram([source], compiler: compiler, flags: flags)
        let original = try Data(contentsOf: program.executable)
        let sections = try BinaryFile(path: program.executable.path).file.sections.filter {
            [".data.rel.ro", ".data", ".rodata", ".rela.dyn", ".dynsym", ".symtab"].contains($0.name)
                || $0.name.hasPrefix("swift5_")
        }.filter { $0.size > 0 }
        var state: UInt64 = 0x2545_f491_4f6c_dd1d
        func random(_ limit: UInt64) -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state % limit
        }
        for _ in 0..<24 {
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: original.count, alignment: 16)
            _ = original.copyBytes(to: buffer.bindMemory(to: UInt8.self))
            for _ in 0..<64 {
                let section = sections[Int(random(UInt64(sections.count)))]
                let offset = Int(section.offset + random(section.size))
                buffer[offset] = [0, 0xff, 0x7f, 0x80, UInt8(random(256))][Int(random(5))]
            }
            let binary = try BinaryFile(ObjectFile(buffer: buffer, name: "damaged"))
            let map = try CodeMap(binary)
            let tables = ClassTables(map)
            let hierarchy = ClassHierarchy([tables, tables])
            for slot in stride(from: Int32(0), to: 64, by: 8) {
                for number in 0..<Int32(min(hierarchy.classCount, 40)) {
                    let answer = hierarchy.targets(ofSlot: slot, classes: [number])
                    #expect(answer.targets.allSatisfy { Int($0.callee.function) < map.functions.count })
                }
            }
        }
    }
}
