extension AsyncPool {
    /// Waits until all that was in the queue has been done, callbacks included.
    ///
    /// A flush is an entry of the queue. A worker that meets it counts itself and waits with the caller; the last one
    /// takes the entry out and ends the flush. So no worker is still at an operation that was before it.
    func flush() throws(EmberError) {
        lock.lock()
        defer { lock.unlock() }
        if isOnWorker && !defects.contains(.callbackMayFlush) {
            throw .invalid(what: "flush", reason: "a completion callback cannot wait for the worker that runs it")
        }
        while flushState.pointee != FlushState.none { _ = flushTurn.wait(lock, for: .milliseconds(100)) }
        if running.pointee == 0 && !defects.contains(.flushIgnoresWorkers) { return }

        let countsRunning = defects.isDisjoint(with: [.flushIgnoresWorkers, .flushCountsConfigured])
        flushQuorum = countsRunning ? Int(running.pointee) : workerCount
        flushed.observed.isWaitedFor(arrivals: flushQuorum, ofRole: Role.asyncWorker, counted: arrived)
        flushGeneration += 1
        arrived.pointee = 0
        flushState.pointee = FlushState.inProgress
        queue.append(.flush)
        hasWork.pointee = 1
        work.signal()
        hooks.reach(.workSignalled)
        while flushState.pointee != FlushState.complete { _ = flushed.wait(lock, for: .milliseconds(100)) }
        flushState.pointee = FlushState.none
        flushTurn.signal()
    }

    /// A worker meets the flush at the head of the queue. With the lock held.
    func arriveAtFlush() {
        arrived.pointee += 1
        if arrived.pointee == flushQuorum {
            queue.removeFirst()
            if queue.isEmpty && !isStopping { hasWork.pointee = 0 }
            flushState.pointee = FlushState.complete
            flushed.broadcast()
            return
        }
        work.signal()
        let generation = flushGeneration
        while flushState.pointee == FlushState.inProgress && flushGeneration == generation {
            _ = flushed.wait(lock, for: .milliseconds(100))
        }
    }
}
