/// The room in the cache: where puts wait for the eviction server when there is too little.
final class CacheSpace: @unchecked Sendable {
    /// On which the eviction server waits.
    let work = Wakeup("evict work", signalledBy: [Role.application, Role.asyncWorker])
    private let lock = Lock("cache space")
    private let freed = Condition("cache space", signalledBy: [Role.eviction])
    private let store: Store
    private let hooks: Hooks
    private let limit: Int
    // Guarded by the lock.
    private var passes: UInt64 = 0
    private var isStopped = false

    init(_ store: Store, _ configuration: Configuration) {
        self.store = store
        hooks = configuration.hooks
        limit = configuration.cacheBytes
    }

    /// By how much the cache is over its limit: then puts wait.
    private var excess: Int { max(0, store.bytesInMemory - limit) }

    /// What the eviction server should take out, so that puts need not wait: it begins at three quarters of the limit.
    var surplus: Int { max(0, store.bytesInMemory - limit / 4 * 3) }

    /// Waits while the cache is over its limit, until the eviction server has made room or has tried: a pass that begins
    /// after the call. What it could not evict is in use; the put goes on then.
    func wait() {
        guard excess > 0 else { return }
        let end = lock.withLock { passes + 2 }
        while excess > 0 {
            work.signal()
            hooks.reach(.cacheFull)
            lock.lock()
            defer { lock.unlock() }
            if passes >= end || isStopped { return }
            _ = freed.wait(lock, for: .milliseconds(100))
        }
    }

    /// The eviction server has tried.
    func endPass() {
        lock.withLock { passes += 1 }
        freed.broadcast()
    }

    /// The eviction server is gone: nobody waits any more.
    func end() {
        lock.withLock { isStopped = true }
        freed.broadcast()
    }
}
