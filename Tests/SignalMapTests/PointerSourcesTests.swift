import Testing

@testable import SignalMap

@Suite struct PointerSourcesTests {
    private typealias Source = PointerSources.Source

    private static let cell: Int64 = 0x5000

    private func held(_ address: Int64, _ analysis: ObjectAnalysis) -> Set<Source> {
        let sources = analysis.sources
        return Set((sources.stored[.variable(UInt64(address))] ?? []).map(sources.source))
    }

    /// Four functions a layer, each of which hands its pointer and value to all of the next; the last store the value.
    private func layered(_ count: Int) -> FactsSketch {
        var sketch = FactsSketch()
        var next: [Int] = []
        for layer in 0..<count {
            let below = next
            next = (0..<4).map { number in
                sketch.function("f\(layer)_\(number)") { sketch in
                    let place = sketch.parameter(0)
                    let value = sketch.parameter(1)
                    if below.isEmpty { sketch.store(value, at: place) }
                    for callee in below { sketch.call(callee, [place, value]) }
                }
            }
        }
        sketch.function("main") { sketch in
            let value = sketch.call("malloc", [sketch.number(8)])
            sketch.call(next[0], [sketch.address(Self.cell), value])
        }
        return sketch
    }

    @Test func workGrowsWithTheCodeAndNotWithTheWaysThroughIt() {
        let small = layered(8).analysis()
        let large = layered(16).analysis()
        for analysis in [small, large] {
            #expect(held(Self.cell, analysis).count == 1)
            #expect(!held(Self.cell, analysis).contains(.unknown))
        }
        #expect(small.sources.writes.steps > 0)
        #expect(large.sources.writes.steps <= 3 * small.sources.writes.steps)
        #expect(large.sources.sets.steps <= 3 * small.sources.sets.steps)
        let stores = CellStores(small)
        let more = CellStores(large)
        #expect(stores.steps > 0)
        #expect(more.steps <= 3 * stores.steps)
        #expect(more.stores.count <= 3 * stores.stores.count)
    }

    @Test func aStoreIsKnownToEachCallerOnce() {
        var sketch = FactsSketch()
        let set = sketch.function("set") { $0.store($0.parameter(1), at: $0.parameter(0)) }
        let twice = sketch.function("twice") { sketch in
            let place = sketch.parameter(0)
            sketch.call(set, [place, sketch.number(1)])
            sketch.call(set, [place, sketch.number(2)])
        }
        let main = sketch.function("main") { $0.call(twice, [$0.address(Self.cell)]) }
        let stores = CellStores(sketch.analysis()).stores.filter { $0.function == Int32(main) }
        #expect(stores.map(\.constant) == [1, 2])
    }

    /// What a caller passes stays what it is there, and what another passes stays apart, however deep the store is.
    @Test func eachCallerKnowsWhatItPassed() {
        var sketch = FactsSketch()
        let set = sketch.function("set") { $0.store($0.parameter(1), at: $0.parameter(0)) }
        let outer = sketch.function("outer") { $0.call(set, [$0.parameter(0), $0.parameter(1)]) }
        sketch.function("first") { sketch in
            let value = sketch.call("malloc", [sketch.number(8)])
            sketch.call(outer, [sketch.address(0x5000), value])
        }
        sketch.function("second") { sketch in
            let value = sketch.call("malloc", [sketch.number(8)])
            sketch.call(outer, [sketch.address(0x6000), value])
        }
        let analysis = sketch.analysis()
        let calls = analysis.facts.calls.filter { $0.target == .direct(.symbol("malloc")) }.map(\.address)
        #expect(held(0x5000, analysis) == [.fresh(outer: calls[0], inner: calls[0])])
        #expect(held(0x6000, analysis) == [.fresh(outer: calls[1], inner: calls[1])])
    }

    /// Memory that a callee hands back through a pointer is the outermost call's, wherever it is stored.
    @Test func memoryThatIsHandedBackIsTheCallers() {
        var sketch = FactsSketch()
        let make = sketch.function("make") { sketch in
            let value = sketch.call("malloc", [sketch.number(8)])
            sketch.store(value, at: sketch.parameter(0))
        }
        // Through a local of its own, which a list keeps as well.
        let wrap = sketch.function("wrap") { sketch in
            let local = sketch.stack(-16)
            sketch.call(make, [local])
            let value = sketch.facts.paths.load(at: local, .unknown)
            sketch.store(value, at: sketch.parameter(0))
            sketch.store(value, at: sketch.address(0x7000))
        }
        sketch.function("main") { sketch in
            sketch.call(wrap, [sketch.address(0x5000)])
            sketch.call(wrap, [sketch.address(0x6000)])
        }
        let analysis = sketch.analysis()
        let allocator = analysis.facts.calls[0].address
        let calls = analysis.facts.calls.suffix(2).map(\.address)
        #expect(held(0x5000, analysis) == [.fresh(outer: calls[0], inner: allocator)])
        #expect(held(0x6000, analysis) == [.fresh(outer: calls[1], inner: allocator)])
        // In the list it goes by the name that it has inside, too.
        let inside = analysis.facts.calls[1].address
        #expect(
            held(0x7000, analysis) == Set([inside, calls[0], calls[1]].map { .fresh(outer: $0, inner: allocator) }))
    }

    @Test func recursionEnds() {
        var sketch = FactsSketch()
        sketch.function("walk") { sketch in
            let place = sketch.parameter(0)
            let node = sketch.parameter(1)
            sketch.store(node, at: place)
            sketch.call(0, [place, sketch.load(node, 8)])
        }
        sketch.function("main") { $0.call(0, [$0.address(Self.cell), $0.address(0x9000)]) }
        let found = held(Self.cell, sketch.analysis())
        // What is read through a pointer without a type may be anything.
        #expect(found == [.unknown])
    }

    /// Longer than any stack could take if it were followed call by call.
    @Test func longChainsAreFollowed() {
        var sketch = FactsSketch()
        var next = sketch.function("last") { $0.store($0.parameter(0), at: $0.address(Self.cell)) }
        for number in 0..<20_000 {
            let callee = next
            next = sketch.function("f\(number)") { $0.call(callee, [$0.parameter(0)]) }
        }
        let first = next
        sketch.function("main") { $0.call(first, [$0.address(0x9000)]) }
        #expect(held(Self.cell, sketch.analysis()) == [.global(0x9000)])
    }

    @Test func tooManySourcesAreUnknown() {
        func held(_ callers: Int) -> Set<Source> {
            var sketch = FactsSketch()
            let last = sketch.function("last") { $0.store($0.parameter(0), at: $0.address(Self.cell)) }
            for number in 0..<callers {
                let middle = sketch.function("m\(number)") { $0.call(last, [$0.parameter(0)]) }
                for other in 0..<callers {
                    sketch.function("f\(number)_\(other)") {
                        $0.call(middle, [$0.address(Int64(0x10_0000 * (number + 1) + 0x100 * other))])
                    }
                }
            }
            return self.held(Self.cell, sketch.analysis())
        }
        #expect(held(5).count == 25)
        #expect(held(9) == [.unknown])
    }
}
