import Instrumentation
import Testing

/// What checked continuations promise holds for tracked ones as well; the library is not loaded here.
@Suite struct TrackedContinuationTests {
    struct Refusal: Error, Equatable { let code: Int }

    @Test func itResumesWithAValue() async {
        let value = await withTrackedCheckedContinuation { continuation in
            Task.detached { continuation.resume(returning: 7) }
        }
        #expect(value == 7)
        await withTrackedCheckedContinuation { $0.resume() }
    }

    @Test func itResumesWithAnError() async {
        await #expect(throws: Refusal(code: 2)) {
            try await withTrackedThrowingContinuation { $0.resume(throwing: Refusal(code: 2)) } as Void
        }
        await #expect(throws: Refusal(code: 3)) {
            try await withTrackedThrowingContinuation { $0.resume(with: .failure(Refusal(code: 3))) } as Int
        }
    }

    @Test func itResumesWithAResult() async throws {
        let value: String = try await withTrackedThrowingContinuation { $0.resume(with: .success("done")) }
        #expect(value == "done")
    }

    @Test @MainActor func itStaysOnItsActor() async {
        var isChanged = false
        await withTrackedCheckedContinuation { continuation in
            MainActor.assertIsolated()
            isChanged = true
            continuation.resume()
        }
        #expect(isChanged)
        await withTrackedTask("on the main actor") { isChanged = false }
        #expect(!isChanged)
    }

    @Test func aTrackedTaskGivesItsResult() async throws {
        #expect(await withTrackedTask("sum") { 1 + 2 } == 3)
        await #expect(throws: Refusal(code: 4)) {
            try await withTrackedTask("refuse") { () throws(Refusal) -> Int in throw Refusal(code: 4) }
        }
    }

    /// Texts are made for the library only.
    @Test func withoutTheLibraryNoTextIsMade() throws {
        var made = 0
        func text() -> String {
            made += 1
            return "text \(made)"
        }
        #expect(Instrument.withIdleMark(text()) { 1 } == 1)
        #expect(Instrument.withCall(text()) { 2 } == 2)
        Instrument.setRole(text())
        Instrument.expect(role: text(), count: 3)
        #expect(PendingWork.begin(text()) == nil)
        try withUnsafeTemporaryAllocation(of: Int.self, capacity: 1) {
            let object = ObservedObject(at: try #require($0.baseAddress))
            object.name(text(), as: .lock)
            object.isSignalled(byRole: text())
            object.isWaitedFor(arrivals: 2, ofRole: text())
            object.acquired()
            object.released()
            object.forget()
            #expect(object.withWait(.lock, timeout: .seconds(1)) { .timedOut } == .timedOut)
        }
        #expect(made == 0)
    }
}
