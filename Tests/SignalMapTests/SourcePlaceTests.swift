import Foundation
import SignalMapABI
import TestSupport
import Testing

@testable import SignalMap

/// Stacks of text: where code goes on from a function's name and a line.
@Suite struct SourcePlaceTests {
    // MARK: Laid out by hand

    private func search(_ change: (inout MapSketch) -> Void = { _ in }) throws -> SourcePlaceSearch {
        var sketch = MapSketch()
        sketch.builder.lines += [
            dwm_line(address: 0x1084, file: sketch.builder.string("/src/main.c"), line: 20),
            dwm_line(address: 0x1090, file: sketch.builder.string("/src/main.c"), line: 21),
        ]
        change(&sketch)
        return SourcePlaceSearch(SignalMapSet([try sketch.finished()]))
    }

    private func roots(_ search: SourcePlaceSearch, _ function: String, _ file: String?, _ line: UInt32?) -> PlaceRoots
    {
        search.roots(at: SourcePlace(function: function, file: file, line: line))
    }

    @Test func aLineMeansWhereItsCallsReturnTo() throws {
        let search = try search()
        for file in ["/src/main.c", "main.c", "../src/main.c", nil] {
            let found = roots(search, "main", file, 21)
            #expect(found.precision == .call)
            #expect(found.roots == [.returnAddress(map: 0, 0x1095)], "\(file ?? "no file")")
        }
        #expect(roots(search, "main", "main.c", 20).roots == [.returnAddress(map: 0, 0x1089)])
    }

    @Test func severalCallsOfOneLineAllCount() throws {
        let search = try search { sketch in
            for index in sketch.builder.lines.indices where sketch.builder.lines[index].line == 21 {
                sketch.builder.lines[index].line = 20
            }
        }
        #expect(
            roots(search, "main", "main.c", 20).roots
                == [.returnAddress(map: 0, 0x1089), .returnAddress(map: 0, 0x1095)])
    }

    @Test func withoutACallOfThatLineTheWholeFunctionCounts() throws {
        let search = try search()
        let main = Reachability.Root.function(SignalMapSet.Function(map: 0, index: MapSketch.main))
        for (file, line) in [("main.c", 22), ("other.c", 21), ("main.c", nil)] as [(String, UInt32?)] {
            let found = roots(search, "main", file, line)
            #expect(found.precision == .function)
            #expect(found.roots == [main], "\(file) \(String(describing: line))")
        }
        let nothing = roots(search, "nobody", nil, nil)
        #expect(nothing.precision == .nothing)
        #expect(nothing.roots.isEmpty)
    }

    @Test func aTailCallKeepsNoPlaceOnTheStack() throws {
        let search = try search { sketch in
            for index in sketch.builder.calls.indices where sketch.builder.calls[index].address == 0x1090 {
                sketch.builder.calls[index].length = 0
            }
        }
        #expect(roots(search, "main", "main.c", 21).precision == .function)
    }

    @Test func functionsOfTheNameWithoutLinesCountAsAWhole() throws {
        let search = try search { sketch in
            sketch.builder.functions[Int(MapSketch.worker)].name = sketch.builder.string("main.constprop.0")
            sketch.builder.lines.removeAll { $0.address == 0x1004 }
        }
        #expect(
            Set(roots(search, "main", "main.c", 21).roots)
                == [
                    .returnAddress(map: 0, 0x1095),
                    .function(SignalMapSet.Function(map: 0, index: MapSketch.worker)),
                ])
    }

    @Test func reachabilityTakesThem() throws {
        let search = try search()
        let set = SignalMapSet([try MapSketch().finished()])
        let reachability = Reachability(set)
        let push = set.number(SignalMapSet.Function(map: 0, index: MapSketch.push))
        // The call of `push` stands on line 21: it lies ahead of line 20, and behind itself no more.
        #expect(reachability.reach(from: roots(search, "main", nil, 20).roots).reaches(push))
    }

    // MARK: As a debugger's tables have them

    private struct Frame {
        var place: SourcePlace
        /// Of the last of those that are one call.
        var returnAddress: UInt64?
    }

    /// Of the addresses that the program writes by backtrace(3) what llvm-symbolizer(1) says, up to main.
    private static func frames(_ program: FixtureProgram) throws -> [Frame] {
        let (_, written) = try run([program.executable.path])
        var frames: [Frame] = []
        for word in written.split(separator: "\n") {
            let address = try #require(UInt64(word.dropFirst(2), radix: 16))
            let (status, output) = try run([
                "llvm-symbolizer", "-e", program.executable.path, "0x" + String(address - 1, radix: 16),
            ])
            #expect(status == 0)
            let lines = output.split(separator: "\n").map(String.init)
            for index in stride(from: 0, to: lines.count - 1, by: 2) {
                let parts = lines[index + 1].split(separator: ":")
                guard parts.count > 1, let line = UInt32(parts[1].prefix { $0.isNumber }) else { continue }
                frames.append(
                    Frame(
                        place: SourcePlace(function: lines[index], file: String(parts[0]), line: line),
                        returnAddress: index == 0 ? address : nil))
            }
            if frames.last?.place.function == "main" { break }
        }
        return frames
    }

    @Test(arguments: [["-O0"], ["-O2"], ["-O2", "-gdwarf-4"]])
    func whatADebuggerWritesIsFound(_ flags: [String]) throws {
        let program = try FixtureProgram(
            ["source_places.cpp"], compiler: "g++", flags: ["-g", "-no-pie"] + flags)
        let set = SignalMapSet([try SignalMapping.of(program.executable.path, SignalMapOptions()).map])
        let frames = try Self.frames(program)
        #expect(
            frames.map { IdentityText.short($0.place.function) } == [
                "here", "put_in", "int shop::serve<long>", "shop::Till::take", "copied", "main",
            ])
        let answers = SourcePlaceSearch(set).roots(ofStack: frames.map(\.place))
        #expect(answers.map(\.precision) == [.function, .inlined, .sameFrame, .call, .call, .call])
        for (frame, answer) in zip(frames, answers).dropFirst() {
            guard let address = frame.returnAddress else { continue }
            #expect(answer.roots == [.returnAddress(map: 0, address)], "\(frame.place.function)")
        }
    }

    @Test func whatWasPutIntoOthersIsFoundByItsLineAlone() throws {
        let program = try FixtureProgram(
            ["source_places.cpp"], compiler: "g++", flags: ["-g", "-no-pie", "-O2"])
        let set = SignalMapSet([try SignalMapping.of(program.executable.path, SignalMapOptions()).map])
        let search = SourcePlaceSearch(set)
        let place = SourcePlace(function: "put_in", file: "source_places.cpp", line: 20)
        let found = search.roots(at: place)
        #expect(found.precision == .inlined)
        #expect(found.roots.count == 1)
        #expect(search.roots(at: place, calledFrom: ["main"]).precision == .nothing)
        #expect(search.roots(at: place, calledFrom: ["shop::serve<long>"]).roots == found.roots)
    }

    @Test(arguments: [
        "shop::Till::take", "shop::Till::take(int)", "_ZN4shop4Till4takeEi", "copied", "shop::serve<long>",
        "int shop::serve<long>(long)",
    ])
    func aFunctionIsFoundByItsSpellings(_ name: String) throws {
        let program = try FixtureProgram(
            ["source_places.cpp"], compiler: "g++", flags: ["-g", "-no-pie", "-O2"])
        let set = SignalMapSet([try SignalMapping.of(program.executable.path, SignalMapOptions()).map])
        #expect(SourcePlaceSearch(set).functions(named: name).count == 1, "\(name)")
    }
}
