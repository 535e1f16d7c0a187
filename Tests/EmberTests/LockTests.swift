import Ember
import Glibc
import Testing

@Suite struct LockTests {
    @Test func aConditionTimesOut() {
        let lock = Lock("test")
        let condition = Condition("test", signalledBy: "application")
        let inTime = lock.withLock { condition.wait(lock, for: .milliseconds(20)) }
        #expect(!inTime)
    }

    @Test func aThreadSignalsTheOneThatWaits() throws {
        final class Shared: @unchecked Sendable {
            let lock = Lock("test")
            let condition = Condition("test", signalledBy: "test")
            var isDone = false
        }
        let shared = Shared()
        let thread = try EngineThread("test", context: shared) { argument in
            guard let shared = EngineThread.begin(argument, as: Shared.self, name: "test", role: "test") else {
                return nil
            }
            shared.lock.withLock { shared.isDone = true }
            shared.condition.signal()
            return nil
        }
        shared.lock.lock()
        while !shared.isDone { shared.condition.wait(shared.lock) }
        shared.lock.unlock()
        thread.join()
        #expect(shared.isDone)
        #expect(shared.lock.tryLock())
    }
}
