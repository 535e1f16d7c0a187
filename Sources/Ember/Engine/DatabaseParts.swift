import SystemPackage

/// What sessions, workers and servers share.
final class DatabaseParts: @unchecked Sendable {
    let configuration: Configuration
    let store: Store
    let space: CacheSpace
    let tables: OpenTables
    let checkpointer: Checkpointer
    let sessions: SessionTable
    let servers = ServerCount()
    let logServer: LogServer
    private let generation: UInt32

    /// Opens the store, which recovers what is in the folder. No thread is started.
    init(_ folder: FilePath, _ configuration: Configuration) throws(EmberError) {
        try configuration.validate()
        if !configuration.defects.contains(.forkUnnoticed) { try ForkGuard.register() }
        generation = ForkGuard.generation
        self.configuration = configuration
        store = try Store(opening: folder, configuration.storeOptions)
        space = CacheSpace(store, configuration)
        tables = OpenTables(store, space: space, configuration)
        checkpointer = Checkpointer(store, tables: tables, configuration)
        sessions = SessionTable(count: configuration.sessions)
        logServer = LogServer(store.log, servers, configuration)
    }

    /// Throws `.closed` in a child of the process that opened the database.
    func checkProcess() throws(EmberError) {
        guard generation == ForkGuard.generation || configuration.defects.contains(.forkUnnoticed) else {
            throw .closed(reason: "it was opened by this process's parent")
        }
    }
}
