extension Store {
    /// Writes all that is committed to the tables' files, so that the log before it is not needed any more; where that is.
    ///
    /// The order: pages and lists of leaves, to free places only; their sync; the meta file under another name, its sync,
    /// the rename, the folder's sync; then the places of the checkpoint before are free, and old log segments go. A store
    /// that stops in between opens with the checkpoint before. Others go on reading and writing meanwhile. An error leaves
    /// the last checkpoint in force; one of a sync ends the store.
    @discardableResult public func checkpoint() throws(EmberError) -> LogSequenceNumber {
        try checkpointLock.withLock { () throws(EmberError) in
            try context.state.check()
            let (snapshot, tables, nextTable) = creationLock.withLock {
                (transactions.holdNewestSnapshot(), allTables, nextTableID)
            }
            defer { transactions.release(snapshot) }
            if snapshot > meta.sequence || meta.number == 0 {
                try install(snapshot, tables, nextTable: nextTable)
            }
            try log.removeSegments(before: snapshot)
            return snapshot
        }
    }

    private func install(
        _ snapshot: LogSequenceNumber, _ tables: [Table], nextTable: UInt32
    ) throws(EmberError) {
        var made: [(table: Table, checkpoint: TableCheckpoint)] = []
        do throws(EmberError) {
            var roots: [Meta.TableRoot] = []
            for table in tables {
                var root = table.checkpointed?.root
                if let checkpoint = try table.writeCheckpoint(at: snapshot) {
                    made.append((table, checkpoint))
                    root = checkpoint.root
                }
                if let root { roots.append(Meta.TableRoot(id: table.id, name: table.name, root: root)) }
            }
            let meta = Meta(
                store: meta.store, number: meta.number + 1, sequence: snapshot, nextTable: nextTable, tables: roots)
            try meta.install(in: context.folder, context.state)
            self.meta = meta
        } catch {
            // Where a sync has failed, the new meta file may be the one that counts: nothing is written any more then.
            if context.state.isWorking { for (table, checkpoint) in made { table.release(checkpoint) } }
            throw error
        }
        for (table, checkpoint) in made {
            if let old = table.checkpointed { table.release(old) }
            table.checkpointed = checkpoint
        }
    }
}
