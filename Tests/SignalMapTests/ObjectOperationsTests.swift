import Testing

@testable import SignalMap

@Suite struct ObjectOperationsTests {
    @Test func aWrapperIsDecidedByItsCallers() throws {
        var sketch = FactsSketch()
        let inner = sketch.function("a") { $0.call("pthread_cond_signal", [$0.field($0.parameter(1), 48)]) }
        let outer = sketch.function("b") { $0.call(inner, [$0.number(0), $0.field($0.parameter(0), 16)]) }
        let user = sketch.function("c") { $0.call(outer, [$0.address(0x5000)]) }
        let signals = sketch.analysis().found(.signal)
        #expect(signals.map(\.operation.function) == [Int32(inner), Int32(outer), Int32(user)])
        #expect(signals.map { $0.operation.flags.contains(.parametric) } == [true, true, false])
        #expect(signals.map { $0.operation.flags.contains(.lifted) } == [false, true, true])
        let last = try #require(signals.last)
        #expect(last.operation.origin == 0)
        #expect(last.identities.count == 1)
        #expect(last.identities[0].hops == [Identity.Hop(kind: .global, address: 0x5040)])
    }

    @Test func whatIsReadFromMemoryIsDecidedWhereItIsRead() throws {
        var sketch = FactsSketch()
        let inner = sketch.function("a") { $0.call("sem_post", [$0.load($0.parameter(0), 24)]) }
        sketch.function("b") { $0.call(inner, [$0.address(0x5000)]) }
        let signals = sketch.analysis().found(.signal)
        #expect(signals.count == 1)
        #expect(signals[0].operation.function == 0)
        #expect(signals[0].operation.flags == [])
    }

    @Test func recursionEnds() {
        var sketch = FactsSketch()
        sketch.function("a") {
            $0.call("pthread_cond_wait", [$0.parameter(0), $0.parameter(1)])
            $0.call(0, [$0.field($0.parameter(0), 8), $0.parameter(1)])
        }
        sketch.function("b") { $0.call(0, [$0.address(0x7000), $0.address(0x7100)]) }
        let waits = sketch.analysis().found(.wait)
        #expect(waits.contains { $0.operation.flags.contains(.weak) })
        #expect(waits.contains { $0.identities[0].hops == [Identity.Hop(kind: .global, address: 0x7000)] })
        #expect(waits.contains { $0.identities[0].hops == [Identity.Hop(kind: .global, address: 0x7008)] })
    }

    @Test func aCreationIsLiftedByItsStartRoutine() throws {
        var sketch = FactsSketch()
        let wrapper = sketch.function("spawn") {
            $0.call("pthread_create", [$0.parameter(0), $0.number(0), $0.parameter(1), $0.parameter(2)])
        }
        sketch.function("main") { $0.call(wrapper, [$0.stack(-8), $0.address(0x1234), $0.address(0x9000)]) }
        let creations = sketch.analysis().found(.create).map(\.operation)
        #expect(creations.count == 2)
        let last = try #require(creations.last?.routine)
        #expect(sketch.facts.paths[last.target.path] == AccessPath(kind: .address, value: 0x1234))
        #expect(sketch.facts.paths[last.argument.path] == AccessPath(kind: .address, value: 0x9000))
    }

    @Test func aPointerThatIsHandedDownIsDecidedByTheCaller() {
        var sketch = FactsSketch()
        let each = sketch.function("each") {
            let value = Value(path: $0.parameter(1), type: .unknown)
            $0.call(.indirect(value), [$0.parameter(0)])
        }
        sketch.function("user") { $0.call(each, [$0.number(1), $0.address(0x4321)]) }
        let calls = ObjectOperations(sketch.analysis()).handedCalls
        #expect(calls.count == 1)
        #expect(calls.first?.function == 1)
        #expect(calls.first?.origin == 0)
    }

    @Test func eachCallThatWritesToAStreamHoldsItsLock() {
        var sketch = FactsSketch()
        sketch.function("a") {
            $0.call("flockfile", [$0.address(0x5000)])
            $0.call("fprintf", [$0.address(0x5000), $0.address(0x6000)])
            $0.call("fputs", [$0.address(0x6000), $0.address(0x5000)])
            $0.call("fwrite_unlocked", [$0.address(0x6000), $0.number(1), $0.number(1), $0.address(0x5000)])
            $0.call("sprintf", [$0.address(0x5000), $0.address(0x6000)])
            $0.call("funlockfile", [$0.address(0x5000)])
        }
        let analysis = sketch.analysis()
        let acquired = analysis.found(.acquire)
        let released = analysis.found(.release)
        #expect(acquired.map(\.operation.call) == [0, 1, 2] && released.map(\.operation.call) == [1, 2, 5])
        #expect(Set(acquired.map(\.identities) + released.map(\.identities)).count == 1)
        #expect((acquired + released).allSatisfy { $0.operation.kind == .streamLock })
    }

    /// Who is handed to a queue at once waits for its turn there; without a queue nobody waits.
    @Test func workThatIsDoneAtOnceWaitsForItsQueue() {
        var sketch = FactsSketch()
        sketch.function("a") {
            $0.call("dispatch_sync_f", [$0.address(0x5000), $0.number(0), $0.address(0x1000)])
            $0.call("$s8Dispatch0A5QueueC17concurrentPerform10iterations7executeySi_ySiXEtFZ", [])
        }
        let analysis = sketch.analysis()
        #expect(analysis.found(.acquire).map(\.identities) == [analysis.found(.signal)[0].identities])
        #expect(analysis.found(.acquire).map(\.operation.kind) == [.queue])
    }

    @Test func futexesAreKnownByTheirSystemCall() {
        var sketch = FactsSketch()
        sketch.function("a") {
            $0.call("syscall", [$0.number(202), $0.address(0x5000), $0.number(128), $0.number(1)])
            $0.call(.system($0.number(202)), [$0.address(0x5000), $0.number(129), $0.number(1)])
            $0.call(.system($0.number(1)), [$0.address(0x5000), $0.number(129), $0.number(1)])
        }
        let analysis = sketch.analysis()
        #expect(analysis.found(.wait).map(\.identities) == analysis.found(.signal).map(\.identities))
        #expect(analysis.found(.wait).count == 1)
    }

    @Test func namesAreAllThatMakesAPrimitiveInAStaticBinary() {
        var sketch = FactsSketch()
        let primitive = sketch.function("pthread_cond_signal") { $0.call(.system($0.parameter(0)), []) }
        sketch.function("a") { $0.call(primitive, [$0.address(0x5000)]) }
        // In a program that does not hold libc such a name is the program's own function's.
        #expect(sketch.analysis().found(.signal).isEmpty)
        sketch.function("__libc_start_main") { _ in }
        let signals = sketch.analysis().found(.signal)
        #expect(signals.map(\.operation.function) == [1])
    }

    @Test func accessorsAndAllocatorsAreSeenThrough() {
        var sketch = FactsSketch()
        let accessor = sketch.function("get") { $0.returns($0.field($0.parameter(0), 40)) }
        let wrapper = sketch.function("make") { $0.returns($0.call("malloc", [$0.number(48)])) }
        sketch.function("a") { $0.call("pthread_cond_signal", [$0.call(accessor, [$0.address(0x5000)])]) }
        sketch.function("b") { $0.call("pthread_cond_signal", [$0.call(wrapper, [])]) }
        let analysis = sketch.analysis()
        let signals = analysis.found(.signal)
        #expect(signals[0].identities[0].hops == [Identity.Hop(kind: .global, address: 0x5028)])
        #expect(signals[1].identities[0].hops.last?.kind == .allocation)
        #expect(signals[1].identities[0].hops.last?.address == sketch.facts.calls[3].address)
        #expect(signals[1].identities[0].hops.last?.offset == Int64(sketch.facts.calls[0].address))
    }
}
