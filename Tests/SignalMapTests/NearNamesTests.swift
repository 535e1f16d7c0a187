import Testing

@testable import SignalMap

/// What a person may have meant.
@Suite struct NearNamesTests {
    private static let names = [
        "WT_ASYNC.flush_cond", "WT_ASYNC.ops_cond", "WT_CONNECTION_IMPL.evict_cond", "__wt_async_worker", "pool.idle",
        "pool.done", "ns::Queue::push",
    ]

    private func near(_ wanted: String) -> [String] {
        var near = NearNames(to: wanted)
        for name in Self.names { near.add(name) }
        return near.names
    }

    @Test func slipsOfTheFingerAreSeenThrough() {
        #expect(near("WT_ASYNC.flush_cnod").first == "WT_ASYNC.flush_cond")
        #expect(near("wt_async.flushcond").first == "WT_ASYNC.flush_cond")
        #expect(near("pool.idel") == ["pool.idle"])
        #expect(near("__wt_async_wroker") == ["__wt_async_worker"])
        #expect(near("async_worker") == ["__wt_async_worker"])
        #expect(near("evict_cond") == ["WT_CONNECTION_IMPL.evict_cond"])
    }

    @Test func anotherNameIsNotNear() {
        #expect(near("session.lock").isEmpty)
        #expect(near("x").isEmpty)
        #expect(near("").isEmpty)
    }

    @Test func theNearestComeFirstAndFew() {
        var near = NearNames(to: "worker")
        for name in ["worker_thread", "workers", "worked", "the_worker_of_all"] { near.add(name) }
        #expect(near.names.first == "worked")
        #expect(near.names.count == 3)
    }
}
