import Testing

@testable import SignalMap

@Suite struct LeastSetsTests {
    private func value(_ node: Int32, _ equations: [LeastSets.Equation]) -> [UInt32] {
        var sets = LeastSets()
        return sets.value(of: node, { equations[Int($0)] }, { element, _ in element + 100 })
    }

    private func equation(_ elements: [UInt32], _ inputs: [Int32], isStrict: Bool = false) -> LeastSets.Equation {
        LeastSets.Equation(elements: elements, inputs: inputs.map { .init(node: $0) }, isStrict: isStrict)
    }

    @Test func circlesHaveOneSet() {
        let equations = [equation([3], [1]), equation([1, 1], [2]), equation([], [0, 3]), equation([7], [])]
        for node in 0..<3 { #expect(value(Int32(node), equations) == [1, 3, 7]) }
        #expect(value(3, equations) == [7])
    }

    @Test func aStrictSetIsUnknownWithSomethingUnknown() {
        let equations = [equation([3], [1], isStrict: true), equation([0, 5], []), equation([4], [0, 1])]
        #expect(value(0, equations) == [0])
        #expect(value(1, equations) == [0, 5])
        #expect(value(2, equations) == [0, 4, 5])
    }

    @Test func setsChangeOnTheWay() {
        var equations = [equation([1], []), equation([2, 0], [])]
        equations[0].inputs = [.init(node: 1, change: .call(9))]
        #expect(value(0, equations) == [0, 1, 102])
    }

    @Test func largeSetsAreUnknown() {
        let many = (1...40).map { UInt32($0) }
        let others = (41...80).map { UInt32($0) }
        #expect(value(0, [equation(many, [1]), equation(others, [])]) == [0])
        #expect(value(1, [equation(many, [1]), equation(others, [])]) == others)
    }

    /// A circle of so many that as many rounds over all of them would not end.
    @Test func workGrowsWithTheInputs() {
        func steps(_ count: Int) -> Int {
            let equations = (0..<count).map { equation($0 == 0 ? [1] : [], [Int32(($0 + count - 1) % count)]) }
            var sets = LeastSets()
            #expect(sets.value(of: 5, { equations[Int($0)] }, { element, _ in element }) == [1])
            return sets.steps
        }
        #expect(steps(20_000) <= 2 * steps(10_000) + 10)
    }
}
