import Testing

@testable import SignalMap

@Suite struct PrimitivesTests {
    @Test func aConditionsWaitNamesItsLockAndItsLimit() throws {
        let wait = try #require(Primitives.named("pthread_cond_wait"))
        #expect(wait.operation == .wait && wait.kind == .condition)
        #expect(wait.object == 0 && wait.lock == 1 && !wait.isTimed)
        let clock = try #require(Primitives.named("pthread_cond_clockwait@GLIBC_2.34"))
        #expect(clock.timeout?.operand == 3)
        #expect(clock.timeout?.report == .status(110))
        #expect(Primitives.named("pthread_cond_broadcast@@GLIBC_2.3.2")?.wakes == .all)
    }

    @Test func aCreationNamesItsRoutine() throws {
        let create = try #require(Primitives.named("pthread_create"))
        #expect(create.routine == Routine(target: .function(2), argument: 3))
        let started = try #require(
            Primitives.named("_ZNSt6thread15_M_start_threadESt10unique_ptrINS_6_StateESt14default_deleteIS1_EEPFvvE"))
        #expect(started.routine?.target == .method(.pointee(1), slot: 16))
    }

    /// std::promise::set_value_at_thread_exit is inlined but for this.
    @Test func aFutureThatIsMadeReadyAtThreadExitIsSignalled() throws {
        let ready = try #require(Primitives.named("_ZNSt13__future_base13_State_baseV211_Make_ready6_M_setEv"))
        #expect(ready.operation == .signal && ready.kind == .future && ready.object == nil && ready.wakes == .all)
    }

    @Test func otherNamesAreNoPrimitives() {
        for name in ["", "@", "main", "pthread_cond_wait_", "xpthread_cond_wait", "strlen"] {
            #expect(Primitives.named(name) == nil, "\(name)")
        }
    }

    @Test func futexOperationsAreTold() {
        // FUTEX_WAIT_PRIVATE, and FUTEX_WAIT_BITSET with the wall clock, as glibc waits.
        for operation in [128, 9 | 128 | 256] {
            let wait = Primitives.futex(operation: operation)
            #expect(wait?.operation == .wait && wait?.object == 0 && wait?.maybeShared == false)
        }
        #expect(Primitives.futex(operation: 1)?.maybeShared == true)
        #expect(Primitives.futex(operation: 1)?.wakes == .count(2))
        #expect(Primitives.futex(operation: 4)?.secondObject == 4)
        for operation in [2, 14, 127, -1, 1 << 40] { #expect(Primitives.futex(operation: operation) == nil) }
    }
}
