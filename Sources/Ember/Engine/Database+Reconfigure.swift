import Instrumentation

extension Database {
    /// Changes the time between two checkpoints that the checkpoint server makes by itself; nil for none. The server is
    /// made anew. Throws `.closed`, and `.system` when the new one cannot be created: there is none then.
    public func reconfigure(checkpointInterval interval: Duration?) throws(EmberError) {
        try Instrument.withCall("Database.reconfigure") { () throws(EmberError) in
            try parts.checkProcess()
            let looksEarly = parts.configuration.defects.contains(.reconfigureLooksTooEarly)
            if looksEarly && isClosing { throw .closed(reason: "the database is closing") }
            parts.configuration.hooks.reach(.reconfigureBegun)
            configurationLock.lock()
            defer { configurationLock.unlock() }
            if !looksEarly && isClosing { throw .closed(reason: "the database is closing") }
            checkpoints.stop()
            checkpoints.join()
            checkpoints = CheckpointServer(parts, every: interval)
            try checkpoints.start(parts.configuration.faults)
            parts.configuration.hooks.reach(.checkpointServerStarted)
        }
    }
}
