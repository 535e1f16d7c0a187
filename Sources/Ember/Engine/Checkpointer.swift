/// Makes checkpoints, one at a time, on whatever thread asks for one.
final class Checkpointer: @unchecked Sendable {
    /// Held while a checkpoint is made. Comes before the list of open tables where both are taken.
    let lock = Lock("database checkpoint")
    private let store: Store
    private let tables: OpenTables
    private let defects: Defects
    private let hooks: Hooks

    init(_ store: Store, tables: OpenTables, _ configuration: Configuration) {
        self.store = store
        self.tables = tables
        defects = configuration.defects
        hooks = configuration.hooks
    }

    func checkpoint() throws(EmberError) {
        lock.lock()
        hooks.reach(.checkpointLocked)
        let pinned = tables.pin()
        do throws(EmberError) {
            try store.checkpoint()
        } catch {
            tables.unpin(pinned)
            if defects.contains(.checkpointReturnsEarly) { throw error }
            lock.unlock()
            throw error
        }
        tables.unpin(pinned)
        lock.unlock()
    }
}
