import TestSupport
import Testing

@testable import SignalMap

/// Calls through the metadata of Swift's own classes, which no symbol names.
@Suite struct SwiftMethodsTests {
    /// The places are held against the metadata that the libraries of the compiler hold, in both directions.
    @Test func placesAreThoseOfTheLibraries() throws {
        let known = KnownFunctions.table.entries.filter { $0.value.primitive != nil }.keys
        for (library, start) in [("libFoundation.so", "$s10Foundation"), ("libswiftDispatch.so", "$s8Dispatch")] {
            let binary = try BinaryFile(path: PrimitivesExportTests.swiftLibraries + "/" + library)
            let data = DataWords(binary)
            var methods: [UInt64: [String]] = [:]
            for name in known {
                if let address = binary.exports[name] { methods[address, default: []].append(name) }
            }
            for entry in SwiftMethods.classes where entry.prefix.hasPrefix(start) {
                let metadata = try #require(binary.exports[entry.prefix + "N"])
                // The whole size, then what lies before the address point (docs/ABI/TypeMetadata.rst).
                let sizes = try #require(data.plain(at: metadata + 32))
                var found: [Int64: Set<String>] = [:]
                for offset in stride(from: 0, to: (sizes & 0xffff_ffff) - sizes >> 32, by: 8) {
                    guard case .local(let address)? = binary.pointers[metadata + offset] else { continue }
                    for name in methods[address] ?? [] where name.hasPrefix(entry.prefix) {
                        found[Int64(offset), default: []].insert(String(name.dropFirst(entry.prefix.count)))
                    }
                }
                for method in entry.methods {
                    #expect(found[method.offset]?.contains(method.suffix) == true, "\(entry.prefix) \(method)")
                }
                // What makes objects and what belongs to the class itself is called by its name.
                let missing = found.flatMap { offset, names in
                    names.filter { name in !entry.methods.contains { $0.offset == offset } && name.hasSuffix("F") }
                }
                #expect(missing.isEmpty, "\(entry.prefix) \(missing)")
            }
        }
    }

    private func analysis(_ source: String, _ flags: [String]) throws -> ObjectOperations {
        let program = try FixtureProgram(["primitives/\(source)"], compiler: "swiftc", flags: flags)
        let binary = try BinaryFile(path: program.executable.path)
        let code = BinaryCode(try CodeMap(binary))
        let types = BinaryTypes(binary)
        return ObjectOperations(
            ObjectAnalysis(
                CodeFacts(code, types), types, BinaryNames(code.map),
                entries: code.map.functions.indices.map { code.map.start(of: $0) }))
    }

    @Test(arguments: [["-Onone"], ["-O"], ["-O", "-Xlinker", "-s"]])
    func waitsAndSignalsOfFoundationAreFound(_ flags: [String]) throws {
        let operations = try analysis("foundation.swift", flags).operations
        func count(_ action: ObjectOperation.Action, _ kind: Primitive.Kind) -> Int {
            Set(operations.filter { $0.action == action && $0.kind == kind }.map(\.call)).count
        }
        #expect(count(.wait, .condition) >= 2)
        #expect(count(.signal, .condition) >= 2)
        #expect(count(.acquire, .mutex) >= 3 && count(.release, .mutex) >= 3)
        #expect(count(.wait, .workItem) >= 1 && count(.wait, .queue) >= 1)
        #expect(count(.create, .thread) >= 2)
    }

    private static let waitPlace: Int64 = 0x138

    /// A call of what stands at an offset in the table that `table` says.
    private func waits(
        importing symbols: [String], at offset: Int64 = waitPlace, through table: (inout FactsSketch) -> PathID
    ) -> Int {
        var sketch = FactsSketch()
        sketch.names.swiftMethods = SwiftMethods.byPlace(importing: symbols)
        sketch.function("a") {
            let target = $0.load(table(&$0), offset)
            $0.call(.indirect(Value(path: target, type: .unknown)), [])
        }
        return sketch.analysis().found(.wait).count
    }

    @Test func aTableThatIsNoClassMetadataIsNotMeant() {
        let symbols = ["$s10Foundation11NSConditionCMa"]
        let object: (inout FactsSketch) -> PathID = { $0.load($0.load($0.parameter(0), 16), 0) }
        #expect(waits(importing: symbols, through: object) == 1)
        // A method of another place, of a class that the binary does not know, or of the class itself.
        #expect(waits(importing: symbols, at: 0x120, through: object) == 0)
        #expect(waits(importing: ["$s10Foundation6NSLockCMa"], through: object) == 0)
        #expect(waits(importing: symbols, through: { $0.parameter(0) }) == 0)
        // A witness table stands behind the value.
        #expect(waits(importing: symbols, through: { $0.load($0.parameter(0), 32) }) == 0)
    }
}
