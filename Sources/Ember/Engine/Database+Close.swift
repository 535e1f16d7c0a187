import Instrumentation

extension Database {
    /// Ends the database: what is in the queue is done, what is committed goes into a last checkpoint. Transactions that
    /// are under way are rolled back; no session may be in use, and none can be used afterwards.
    ///
    /// Throws what the last checkpoint throws: nothing is lost, the next open recovers it from the log. `.closed` when
    /// somebody has called it before, `.invalid` in a completion callback.
    public func close() throws(EmberError) {
        try Instrument.withCall("Database.close") { () throws(EmberError) in
            try parts.checkProcess()
            if async.lock.withLock({ async.isOnWorker }) {
                throw .invalid(what: "close", reason: "a completion callback cannot wait for the worker that runs it")
            }
            try shutDown()
        }
    }

    /// Ends what there is, in the order in which the parts need each other. Also for a database that open gave up.
    func shutDown() throws(EmberError) {
        let wasClosing = configurationLock.withLock {
            defer { isClosing = true }
            return isClosing
        }
        if wasClosing { throw .closed(reason: "the database is closing") }

        // A store that has ended has nothing more that could be done for what is in the queue.
        if parts.store.isOpen { try async.flush() }
        async.stop()
        endSweep()
        stopServers()
        for session in parts.sessions.end() { session.close() }
        try endStore()
    }

    private func endSweep() {
        Instrument.expect(role: Role.sweep, count: 0)
        if parts.configuration.defects.contains(.joinUnderOpenTables) {
            parts.tables.lock.lock()
            parts.configuration.hooks.reach(.sweepEnding)
            sweep.stop()
            sweep.join()
            parts.tables.discardAllLocked()
            parts.tables.lock.unlock()
            return
        }
        parts.configuration.hooks.reach(.sweepEnding)
        sweep.stop()
        sweep.join()
        parts.tables.lock.withLock { parts.tables.discardAllLocked() }
    }

    /// The log server last: the others may commit nothing, but wait for what is being committed.
    private func stopServers() {
        for role in [Role.checkpoint, Role.eviction, Role.log] { Instrument.expect(role: role, count: 0) }
        let checkpoints = configurationLock.withLock { self.checkpoints }
        checkpoints.stop()
        eviction.stop()
        parts.logServer.stop()
        parts.configuration.hooks.reach(.serversStopping)
        parts.servers.waitUntilNone()
        checkpoints.join()
        eviction.join()
        parts.logServer.join()
    }

    private func endStore() throws(EmberError) {
        var failure: EmberError?
        if parts.store.isOpen {
            do throws(EmberError) { try parts.checkpointer.checkpoint() } catch { failure = error }
        }
        parts.store.close()
        if let failure { throw failure }
    }
}
