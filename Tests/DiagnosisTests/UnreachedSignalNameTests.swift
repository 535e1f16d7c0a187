import ProcessModel
import Testing

@testable import Diagnosis

@Suite struct UnreachedSignalNameTests {
    private func name(_ kind: WaitKind?, _ waiters: [Int], able: Set<Int> = []) -> String {
        UnreachedSignalRule.name(of: kind, waiters: waiters, able: able).rawValue
    }

    @Test func theObjectTellsWhatAWaitIsFor() {
        #expect(name(.barrier, [1, 2]) == "barrier-short")
        #expect(name(.latch, [1]) == "barrier-short")
        #expect(name(.semaphore, [1], able: [2]) == "semaphore-starved")
        #expect(name(.future, [1]) == "promise-abandoned")
        #expect(name(.future, [1], able: [1]) == "callback-own-queue")
    }

    /// Somebody else would keep the promise, or the first thread would, after its wait.
    @Test func aPromiseThatSomebodyHoldsIsNotAbandoned() {
        #expect(name(.future, [1], able: [1, 2]) == "dead-wait")
        #expect(name(.future, [0], able: [0]) == "dead-wait")
    }

    @Test(arguments: [nil, .condition, .futex, .atomicWait] as [WaitKind?])
    func whatTellsNothingIsADeadWait(kind: WaitKind?) {
        #expect(name(kind, [1]) == "dead-wait")
    }
}
