import Testing

@testable import SeededPrograms

/// Which thread stands for which line, where several have one name.
@Suite struct ThreadMatchTests {
    private func line(
        _ name: String, _ count: ClosedRange<Int> = 1...1, _ kind: TruthKind = .condition, line: Int = 1
    ) -> TruthThread {
        TruthThread(name: name, count: count, verdict: .idle, kind: kind, line: line)
    }

    @Test func threadsAndLinesOfEqualNamesAndNumbersMatch() {
        let match = ThreadMatch(["main", "worker", "worker"], [line("worker", 2...2), line("main")]) { _, _ in true }
        #expect(match.isComplete)
        #expect(match.lines.map { $0?.name } == ["main", "worker", "worker"])
    }

    @Test func oneTooFewOrTooManyOrUnknownIsToldFrom() {
        let few = ThreadMatch(["worker"], [line("worker", 2...2)]) { _, _ in true }
        #expect(few.absent == [line("worker", 2...2)])
        let many = ThreadMatch(["worker", "worker"], [line("worker")]) { _, _ in true }
        #expect(many.absent.isEmpty && many.lines.count { $0 == nil } == 1)
        let unknown = ThreadMatch(["worker", "x"], [line("worker")]) { _, _ in true }
        #expect(unknown.lines.map { $0 == nil } == [false, true])
    }

    @Test func aRangeHasItsLeastAndItsMost() {
        for (count, isComplete) in [(0, false), (1, true), (3, true), (4, false)] {
            let names = [String](repeating: "pool", count: count)
            let match = ThreadMatch(names, [line("pool", 1...3)]) { _, _ in true }
            #expect(match.isComplete == isComplete, "\(count)")
        }
    }

    /// The first thread could stand for either line, the second only for the one that the first would take first.
    @Test func aThreadMakesRoomForOneThatFitsNowhereElse() {
        let lines = [line("worker", 0...1, .condition), line("worker", 1...1, .sleep)]
        for allowed in [[[TruthKind.condition, .sleep], [.sleep]], [[.sleep], [.condition, .sleep]]] {
            let match = ThreadMatch(["worker", "worker"], lines) { allowed[$0].contains($1.kind) }
            #expect(match.isComplete)
            let single = allowed.firstIndex { $0.count == 1 }
            #expect(match.lines[single ?? 0]?.kind == .sleep)
        }
        let impossible = ThreadMatch(["worker", "worker"], lines) { $1.kind == .sleep && $0 >= 0 }
        #expect(!impossible.isComplete)
    }
}
