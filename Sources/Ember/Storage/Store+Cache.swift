extension Store {
    /// Takes the leaves out of memory that were not used for the longest time, until `bytes` are free or none can go; what
    /// is dirty is written before. Leaves that hold what is not committed, or are being used, stay. Returns the bytes freed,
    /// by the last leaf perhaps more than asked for. Throws what a write throws, and `.closed`.
    @discardableResult public func evict(atMost bytes: Int) throws(EmberError) -> Int {
        try context.state.check()
        return try context.evictor.evict(atMost: bytes) { allTables }
    }

    /// Closes the files of tables that were not used for `time`; how many. They are opened again when they are.
    @discardableResult public func sweep(idleFor time: Duration) -> Int {
        allTables.count { $0.file.close(idleFor: time) }
    }

    /// How many tables have their file open.
    public var openFileCount: Int { allTables.count { $0.file.isOpen } }
}
