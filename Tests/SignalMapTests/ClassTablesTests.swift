import Foundation
import TestSupport
import Testing

@testable import SignalMap

/// The tables of classes.cpp, from two compilers, with and without symbols, against what clang says of its classes.
@Suite struct ClassTablesTests {
    struct Build: CustomTestStringConvertible, Sendable {
        var compiler: String
        var flags: [String]
        var isStripped: Bool
        var testDescription: String { ([compiler] + flags + (isStripped ? ["stripped"] : [])).joined(separator: " ") }

        /// Without namespaces' and templates' names there is nothing to hold the answer against: the symbols are those
        /// of the same file before it was stripped.
        func program() throws -> (file: String, named: String) {
            let named = try FixtureProgram(
                ["classes.cpp"], compiler: compiler, flags: flags + ["-pthread"]
            ).executable.path
            guard isStripped else { return (named, named) }
            let stripped = named + "-stripped-\(UUID().uuidString)"
            let (status, output) = try run(["strip", "-o", stripped, named])
            guard status == 0 else { throw FixtureProgram.Failure.build(command: ["strip"], output: output) }
            return (stripped, named)
        }
    }

    static let builds: [Build] = ["g++", "clang++"].flatMap { compiler in
        [["-O0"], ["-O2"], ["-O2", "-no-pie"], ["-O2", "-static"]].flatMap { flags in
            [false, true].filter { compiler == "g++" || !flags.contains("-static") || !$0 }.map {
                Build(compiler: compiler, flags: flags, isStripped: $0)
            }
        }
    }

    /// Tables with everything that tests ask about.
    struct Read {
        let map: CodeMap
        let tables: ClassTables
        let hierarchy: ClassHierarchy
        /// Demangled names of what stands at an address.
        var names: [UInt64: [String]] = [:]

        init(_ build: Build) throws {
            let (file, named) = try build.program()
            try self.init(file: file, named: named)
            if file != named { try FileManager.default.removeItem(atPath: file) }
        }

        init(file: String, named: String) throws {
            map = try CodeMap(BinaryFile(path: file))
            tables = ClassTables(map)
            hierarchy = ClassHierarchy([tables])
            for line in try run(["nm", "-C", named]).output.split(separator: "\n") {
                let words = line.split(separator: " ", maxSplits: 2)
                if words.count == 3, let address = UInt64(words[0], radix: 16) {
                    names[address, default: []].append(String(words[2]))
                }
            }
        }

        /// Names of functions without an entry in unwind tables, of which a stripped file does not say where they begin.
        static let unknown = "unknown"

        func names(of callee: ClassTables.Callee) -> [String] {
            if callee.kind == .unknown { return [Self.unknown] }
            if callee.kind == .function { return names[map.start(of: Int(callee.function))] ?? [] }
            return [callee.kind == .pure ? ClassLayouts.pure : tables.name(callee.symbol) ?? "?"]
        }

        /// The groups of a class, tables that only hold while it is made left out.
        func groups(of name: String) -> [ClassTables.Group] {
            let classes = Set(hierarchy.classes(named: name))
            return tables.groups.filter { group in
                guard let first = group.tables.first else { return false }
                let table = tables.tables[Int(first)]
                guard table.kind == .primary, table.type >= 0,
                    let type = tables.name(tables.types[Int(table.type)].name)
                else { return false }
                return !classes.isDisjoint(with: hierarchy.classes(named: type))
            }
        }

        /// What of a class's tables is not as clang has it.
        func differences(_ group: ClassTables.Group, _ points: [ClassLayouts.Point]) -> [String] {
            let tables = group.tables.map { self.tables.tables[Int($0)] }
            guard tables.map(\.offsetToTop) == points.map(\.offsetToTop) else { return ["other tables"] }
            var differences = group.hasUnknownSubobjects ? ["unknown bases"] : []
            let isAbstract = points.contains { $0.functions.contains(ClassLayouts.pure) }
            for (table, point) in zip(tables, points) {
                let slots = table.slots.map { self.tables.slots[Int($0)] }
                if slots.map(\.offset) != point.functions.indices.map({ Int32($0 * 8) }) {
                    differences.append("slots \(slots.map(\.offset)) for \(point.functions)")
                }
                for (slot, function) in zip(slots, point.functions) {
                    let names = names(of: slot.callee)
                    // Nothing calls the destructors of an abstract class through its own table.
                    if names == [ClassLayouts.pure], isAbstract { continue }
                    // The destructor of a class that adds nothing is that of its base.
                    if function.contains("~"), names.contains(where: { $0.contains("~") }) { continue }
                    if !names.contains(where: { ClassLayouts.isSame($0, function) }) {
                        differences.append("\(names) for \(function)")
                    }
                }
                for (base, offset) in point.bases where !holds(group, base, at: offset) {
                    differences.append("no \(base) at \(offset)")
                }
            }
            return differences
        }

        private func holds(_ group: ClassTables.Group, _ base: String, at offset: Int64) -> Bool {
            let classes = Set(hierarchy.classes(named: base))
            return group.subobjects.contains { number in
                let part = tables.subobjects[Int(number)]
                let type = tables.name(tables.types[Int(part.type)].name) ?? ""
                return part.offset == offset && !classes.isDisjoint(with: hierarchy.classes(named: type))
            }
        }

        func targets(_ slot: Int32, of name: String, at offset: Int64 = 0) -> [String] {
            let answer = hierarchy.targets(ofSlot: slot, staticClass: name, pointerOffset: offset)
            return answer.level == .byClass ? answer.targets.map { names(of: $0.callee).first ?? "?" }.sorted() : []
        }
    }

    @Test(arguments: builds) func tablesAreThoseThatClangLaysOut(_ build: Build) throws {
        let read = try Read(build)
        let layouts = try ClassLayouts(source: "classes.cpp", flags: [])
        var compared = 0
        for (name, points) in layouts.classes where !name.hasPrefix("std::") {
            let differences = read.groups(of: name).map { read.differences($0, points) }
            if differences.isEmpty { continue }
            compared += 1
            if build.isStripped {
                // The tables that hold while a derived class is made look as the class's own do.
                #expect(differences.contains([]), "\(name): \(differences)")
            } else {
                #expect(differences == [[]], "\(name)")
            }
        }
        // Those that are made: Book, Toy, LoggedBook, Box, Crate, In, Out, Both, Logger, Hidden.
        #expect(compared >= 10)
    }

    @Test(arguments: builds) func callsReachTheClassAndThoseDerivedFromIt(_ build: Build) throws {
        let read = try Read(build)
        let prices = read.targets(16, of: "shop::Item")
        let string = "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >"
        let expected = [
            "Box<int>::price() const", "Box<\(string) >::price() const", "LoggedBook::price() const",
            "shop::Book::price() const", "shop::Toy::price() const",
        ]
        #expect(prices == expected)
        #expect(read.targets(16, of: "N4shop4ItemE") == prices)
        #expect(read.targets(16, of: "shop::Book") == ["LoggedBook::price() const", "shop::Book::price() const"])
        #expect(read.targets(24, of: "shop::Toy") == ["shop::Toy::weight() const"])
        // Through the second base.
        #expect(read.targets(8, of: "LoggedBook", at: 16) == ["non-virtual thunk to LoggedBook::flush()"])
        // Through the virtual base, which In, Out and Both have at different offsets.
        #expect(
            read.targets(24, of: "Stream").filter { !$0.hasPrefix("Stream::") } == [
                "virtual thunk to Both::close()", "virtual thunk to In::close()", "virtual thunk to Out::close()",
            ])
        // Of a class that nobody knows: everything that has the slot.
        let all = read.hierarchy.targets(ofSlot: 16, staticClass: "no::Such")
        #expect(all.level == .all)
        #expect(Set(prices).isSubset(of: all.targets.map { read.names(of: $0.callee).first ?? "?" }))
    }

    @Test(arguments: builds) func classesThatNothingMakesAreLeftOut(_ build: Build) throws {
        let read = try Read(build)
        let flushes = read.targets(8, of: "Logger")
        #expect(
            flushes == [
                "(anonymous namespace)::Hidden::flush()", "Logger::flush()",
                "non-virtual thunk to LoggedBook::flush()",
            ])
        var scope = ClassHierarchy.Scope()
        let answer = read.hierarchy.targets(ofSlot: 8, staticClass: "Logger", scope)
        #expect(answer.excluded == 1)
        scope.usedOnly = false
        let whole = read.hierarchy.targets(ofSlot: 8, staticClass: "Logger", scope)
        #expect(whole.targets.contains { read.names(of: $0.callee) == ["NeverMade::flush()"] })
        // The linker wrote the pointer to its table.
        let constants = read.groups(of: "Constant")
        #expect(constants.count == 1)
        let places = constants.first.map { $0.references.map { read.tables.references[Int($0)] } } ?? []
        #expect(places.contains { $0.function == -1 })
    }

    @Test(arguments: builds) func theFunctionOfAThreadIsKnown(_ build: Build) throws {
        let read = try Read(build)
        let states = read.tables.threadStates.filter { !read.names(of: $0.run).contains { $0.contains("_Async") } }
        #expect(states.count == 1)
        let state = try #require(states.first)
        #expect(read.names(of: state.run).contains { $0.contains("main::") && $0.hasSuffix("_M_run()") })
        let users = read.hierarchy.users(of: .init(binary: 0, group: state.group)).filter { $0.function >= 0 }
        #expect(!users.isEmpty)
        for user in users {
            let name = (read.names[read.map.start(of: Int(user.function))] ?? ["?"]).first ?? "?"
            // main, where the constructor was inlined.
            #expect(name == "main" || name.hasPrefix("std::thread::"), "\(name)")
        }
    }

    @Test(arguments: builds) func tablesOfFunctionsAreSeen(_ build: Build) throws {
        let read = try Read(build)
        let data = try #require(read.names.first { $0.value.contains("operations") }?.key)
        let words = read.tables.pointerWords.filter { $0.place >= data && $0.place < data + 24 }
        #expect(words.map(\.place) == [data, data + 16])
        #expect(words.flatMap { read.names(of: $0.callee) } == ["twice(int)", "thrice(int)"])
        #expect(words.allSatisfy { $0.isConstant })
        let changeable = try #require(read.names.first { $0.value.contains("changeable") }?.key)
        let others = read.tables.pointerWords.filter { $0.place >= changeable && $0.place < changeable + 24 }
        #expect(others.map { read.names(of: $0.callee) } == [["thrice(int)"]])
        #expect(others.allSatisfy { !$0.isConstant })
        if !build.isStripped {
            let objects = (words + others).map { $0.object < 0 ? nil : read.tables.objects[Int($0.object)] }
            #expect(
                objects.map { $0.flatMap { read.tables.name($0.name) } } == ["operations", "operations", "changeable"])
            #expect(objects.allSatisfy { $0?.size == 24 })
        }
        let loaded = read.tables.initializers.filter { $0.kind == .load }.flatMap { read.names(of: $0.callee) }
        // The C runtime's own have no entry in unwind tables: a stripped file does not say where they begin.
        #expect(loaded.contains("frame_dummy") || (build.isStripped && !loaded.isEmpty))
        let unloaded = read.tables.initializers.filter { $0.kind == .unload }.flatMap { read.names(of: $0.callee) }
        #expect(unloaded.contains("__do_global_dtors_aux") || (build.isStripped && !unloaded.isEmpty))
    }

    /// All that libstdc++ brings into a static program is there, too: what symbols name is found by its looks.
    @Test func whatSymbolsNameIsFoundWithoutThem() throws {
        let flags = ["-O2", "-static"]
        let named = try Read(Build(compiler: "g++", flags: flags, isStripped: false))
        let stripped = try Read(Build(compiler: "g++", flags: flags, isStripped: true))
        var others: [UInt64: ClassTables.Table] = [:]
        for table in stripped.tables.tables { others[table.address] = table }
        var compared = 0
        for table in named.tables.tables where table.type >= 0 && !table.slots.isEmpty {
            let other = try #require(others[table.address], "\(String(table.address, radix: 16))")
            // Without a symbol it ends with its last function.
            let slots = table.slots.map { named.tables.slots[Int($0)] }
            let otherSlots = other.slots.map { stripped.tables.slots[Int($0)] }
            #expect(slots.map(\.offset) == otherSlots.map(\.offset))
            for (slot, otherSlot) in zip(slots, otherSlots) where otherSlot.callee.kind == .function {
                let start = stripped.map.start(of: Int(otherSlot.callee.function))
                #expect(slot.callee.function >= 0 && named.map.start(of: Int(slot.callee.function)) == start)
            }
            let name = named.tables.name(named.tables.types[Int(table.type)].name)
            #expect(name == stripped.tables.name(stripped.tables.types[Int(other.type)].name))
            compared += 1
        }
        #expect(compared > 40)
    }
}
