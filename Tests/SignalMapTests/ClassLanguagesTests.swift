import Foundation
import TestSupport
import Testing

@testable import SignalMap

/// Tables of Swift and Rust, of classes without run-time type information, and of classes of several modules.
@Suite struct ClassLanguagesTests {
    typealias Read = ClassTablesTests.Read

    /// The program, or what `strip` leaves of it, with the names of the program.
    private func read(_ program: FixtureProgram, isStripped: Bool) throws -> Read {
        let named = program.executable.path
        guard isStripped else { return try Read(file: named, named: named) }
        let stripped = named + "-stripped-\(UUID().uuidString)"
        try run(["strip", "-o", stripped, named])
        defer { unlink(stripped) }
        return try Read(file: stripped, named: named)
    }

    private func names(_ table: ClassTables.Table, _ read: Read) -> [String] {
        table.slots.flatMap { read.names(of: read.tables.slots[Int($0)].callee) }
    }

    // MARK: Swift

    /// Optimised Swift functions that call nothing have no entry in unwind tables: stripped, they are unknown.
    private func isThat(_ names: Set<String>, _ expected: Set<String>, _ isStripped: Bool) -> Bool {
        if !isStripped { return names == expected }
        return names.subtracting([Read.unknown]).isSubset(of: expected) && names.count == expected.count
    }

    @Test(arguments: [false, true], ["-Onone", "-O"])
    func swiftMethodsAreFoundThroughMetadata(_ isStripped: Bool, _ level: String) throws {
        let program = try FixtureProgram(["tables.swift"], compiler: "swiftc", flags: ["-parse-as-library", level])
        let read = try read(program, isStripped: isStripped)
        let module = try #require(read.names.values.joined().first { $0.hasSuffix("6FigureC8describeSiyF") })
        let prefix = String(module.dropLast("6FigureC8describeSiyF".count))
        let classes = read.tables.tables.filter { $0.kind == .swiftClass && names($0, read).contains(module) }
        // What a call through the table of a Figure may reach: its own method and Square's.
        let figure = try #require(classes.first)
        let slot = try #require(
            figure.slots.map { read.tables.slots[Int($0)] }.first { read.names(of: $0.callee).contains(module) })
        let swiftModule = prefix.replacingOccurrences(of: "$s", with: "").drop { $0.isNumber }
        let answer = read.hierarchy.targets(ofSlot: slot.offset, staticClass: "\(swiftModule).Figure")
        #expect(answer.level == .byClass)
        let targets = Set(answer.targets.flatMap { read.names(of: $0.callee) })
        #expect(isThat(targets, [module, prefix + "6SquareC8describeSiyF"], isStripped))
        // Of the generic class only its own methods are in the file; where turn stands its descriptor says.
        let turn = slot.offset + 8
        let turns = read.hierarchy.targets(ofSlot: turn, staticClass: "\(swiftModule).Figure").targets
        #expect(
            isThat(
                Set(turns.flatMap { read.names(of: $0.callee) }),
                [prefix + "6FigureC4turnyyF", prefix + "8LabelledC4turnyyF"], isStripped))
        // The next one is asynchronous.
        let slow = read.hierarchy.targets(ofSlot: turn + 8, staticClass: "\(swiftModule).Square").targets
        #expect(slow.contains { read.names(of: $0.callee) == [prefix + "6FigureC4slowSiyYaF"] && $0.callee.isAsync })
    }

    @Test(arguments: [false, true], ["-Onone", "-O"])
    func witnessesAreFoundThroughConformances(_ isStripped: Bool, _ level: String) throws {
        let program = try FixtureProgram(["tables.swift"], compiler: "swiftc", flags: ["-parse-as-library", level])
        let read = try read(program, isStripped: isStripped)
        let tables = read.tables.tables.filter { $0.kind == .swiftWitness }
        #expect(tables.count == 2)
        var ends: Set<String> = []
        for table in tables {
            let slots = table.slots.map { read.tables.slots[Int($0)] }
            // The conformance itself, the associated type, then the two functions.
            #expect(slots.map(\.offset) == [16, 24])
            #expect(slots.map(\.callee.isAsync) == [true, false])
            for slot in slots {
                for name in read.names(of: slot.callee) where name.hasSuffix("TW") {
                    ends.insert(name.contains("6CircleV") ? "Circle \(slot.offset)" : "Square \(slot.offset)")
                    #expect(name.contains(slot.offset == 16 ? "areaSiyYaF" : "nameSSyF"))
                }
            }
        }
        let expected: Set = ["Circle 16", "Circle 24", "Square 16", "Square 24"]
        #expect(isStripped ? ends.isSubset(of: expected) && ends.count >= 2 : ends == expected)
        // Records of async functions, as nm has them, lead to the functions of their names.
        let records = read.names.filter { $0.value.contains { $0.hasSuffix("YaFTu") } }
        #expect(records.count >= 4)
        for (place, names) in records {
            let entry = read.tables.asyncPointers.first { $0.place == place }
            // A record that nothing refers to stands for no function anybody calls.
            guard let entry else {
                #expect(isStripped)
                continue
            }
            #expect(read.names(of: entry.callee).contains { name in names.contains { $0 == name + "Tu" } })
        }
        // Circle holds a string: its values are copied and destroyed by functions of its own.
        #expect(read.tables.tables.contains { $0.kind == .swiftValueWitness && $0.slots.count == 8 })
    }

    // MARK: Rust

    @Test(arguments: [false, true]) func traitObjectsHaveTables(_ isStripped: Bool) throws {
        let program = try FixtureProgram(["traits.rs"], compiler: "rustc", flags: ["-O"])
        let read = try read(program, isStripped: isStripped)
        func tables(_ part: String) -> [ClassTables.Table] {
            read.tables.tables.filter { table in
                table.kind == .rustTrait && names(table, read).contains { $0.contains(part) && $0.contains("speak") }
            }
        }
        let dog = try #require(tables("Dog").first)
        let cat = try #require(tables("Cat").first)
        #expect(dog.slots.map { read.tables.slots[Int($0)].offset } == [0, 24, 32])
        // Nothing is to be done to drop a number.
        #expect(cat.slots.map { read.tables.slots[Int($0)].offset } == [24, 32])
        let speak = read.hierarchy.targets(ofSlot: 24, staticClass: nil)
        #expect(speak.level == .all)
        let reached = speak.targets.flatMap { read.names(of: $0.callee) }
        #expect(reached.contains { $0.contains("Dog") && $0.contains("speak") })
        #expect(reached.contains { $0.contains("Cat") && $0.contains("speak") })
    }

    // MARK: Classes without type information

    @Test(arguments: [false, true], ["g++", "clang++"])
    func tablesWithoutTypeInformationAreFoundByTheirUse(_ isStripped: Bool, _ compiler: String) throws {
        let program = try FixtureProgram(
            ["classes.cpp"], compiler: compiler, flags: ["-O1", "-pthread", "-fno-rtti"])
        let read = try read(program, isStripped: isStripped)
        // std::thread's own class derives from the library's.
        let typed = read.tables.tables.filter { $0.type >= 0 }
        #expect(typed.isEmpty)
        let answer = read.hierarchy.targets(ofSlot: 16, staticClass: "shop::Item")
        #expect(answer.level == .all)
        let reached = Set(answer.targets.flatMap { read.names(of: $0.callee) })
        for name in ["shop::Book::price() const", "shop::Toy::price() const", "LoggedBook::price() const"] {
            #expect(reached.contains(name), "\(name)")
        }
    }

    // MARK: Several modules

    @Test(arguments: [["-O0"], ["-O2"], ["-O2", "-no-pie"]])
    func classesOfALibraryAndAProgramAreOne(_ flags: [String]) throws {
        let library = try FixtureProgram(
            ["classes_base.cpp"], headers: ["classes_base.h"], compiler: "g++", flags: ["-O2", "-shared", "-fPIC"])
        let program = try FixtureProgram(
            ["classes_derived.cpp"], headers: ["classes_base.h"], compiler: "g++",
            flags: flags + [library.executable.path])
        let own = try Read(file: program.executable.path, named: program.executable.path)
        let other = try Read(file: library.executable.path, named: library.executable.path)
        let hierarchy = ClassHierarchy([own.tables, other.tables])
        func targets(_ slot: Int32, _ name: String, _ scope: ClassHierarchy.Scope = .init()) -> Set<String> {
            let answer = hierarchy.targets(ofSlot: slot, staticClass: name, scope)
            #expect(answer.level == .byClass)
            let names = answer.targets.flatMap { target -> [String] in
                // What the program's tables take from the library goes by its symbol.
                if target.callee.kind == .imported {
                    let symbol = own.tables.name(target.callee.symbol) ?? "?"
                    return other.map.binary.exports[symbol].flatMap { other.names[$0] } ?? ["?"]
                }
                return (target.binary == 0 ? own : other).names(of: target.callee)
            }
            // gcc gives functions second names for its own use.
            return Set(names.filter { !$0.contains("[clone") })
        }
        #expect(targets(16, "Task") == ["Cheap::run()", "Shared::run()"])
        #expect(targets(24, "Task") == ["Dear::cost() const", "Task::cost() const"])
        #expect(targets(24, "Cheap") == ["Dear::cost() const", "Task::cost() const"])
        #expect(targets(16, "Shared") == ["Shared::run()"])
        // Alone, the library may be used by others who derive from its classes; the program makes a Cheap by the
        // library's table.
        let cheap = try #require(hierarchy.classes(named: "Cheap").first)
        #expect(hierarchy.descendants(of: cheap).count == 2)
        let group = try #require(
            other.tables.groups.firstIndex { other.tables.name($0.symbol) == "_ZTV5Cheap" })
        let users = hierarchy.users(of: .init(binary: 1, group: Int32(group)))
        #expect(users.contains { $0.binary == 0 && $0.function >= 0 })
    }
}
