import Instrumentation
import Synchronization
import Testing

/// What `Mutex` promises holds for `TrackedMutex` as well; the library is not loaded here.
@Suite struct TrackedMutexTests {
    final class Counter: Sendable {
        let value = TrackedMutex(0, name: "counter")
    }

    struct Refusal: Error, Equatable { let code: Int }
    struct Once: ~Copyable { let value: Int }

    @Test func theLibraryIsAbsent() {
        #expect(!Instrument.isLoaded)
    }

    @Test func itGivesValueAndResult() {
        let counter = Counter()
        #expect(
            counter.value.withLock {
                $0 += 2
                return $0 * 10
            } == 20)
        #expect(counter.value.withLock { $0 } == 2)
    }

    @Test func errorsComeThroughAndUnlock() {
        let counter = Counter()
        var caught: Refusal?
        do throws(Refusal) {
            try counter.value.withLock { (_) throws(Refusal) in throw Refusal(code: 3) }
        } catch { caught = error }
        #expect(caught == Refusal(code: 3))
        #expect(counter.value.withLockIfAvailable { $0 } == 0)
    }

    @Test func whatCannotBeCopiedIsHeldAndReturned() {
        let mutex = TrackedMutex(Once(value: 4))
        let made = mutex.withLock { Once(value: $0.value + 1) }
        #expect(made.value == 5)
        mutex.withLock { $0 = Once(value: 9) }
        #expect(mutex.withLock { $0.value } == 9)
    }

    @Test func whoComesSecondGetsNothing() {
        let counter = Counter()
        counter.value.withLock { _ in
            #expect(counter.value.withLockIfAvailable { $0 } == nil)
        }
        #expect(counter.value.withLockIfAvailable { $0 } == 0)
    }

    @Test func nobodyIsLostInACrowd() async {
        let counter = Counter()
        await withTaskGroup { group in
            for _ in 0..<8 { group.addTask { for _ in 0..<2000 { counter.value.withLock { $0 += 1 } } } }
        }
        #expect(counter.value.withLock { $0 } == 16_000)
    }

    @Test func itsAddressStays() {
        let counter = Counter()
        let before = counter.value.address
        counter.value.withLock { $0 = 1 }
        #expect(counter.value.address == before)
        let start = UInt(bitPattern: Unmanaged.passUnretained(counter).toOpaque())
        // Within the object that holds it: not of a copy.
        #expect(UInt(bitPattern: before) > start && UInt(bitPattern: before) < start + 64)
    }
}
