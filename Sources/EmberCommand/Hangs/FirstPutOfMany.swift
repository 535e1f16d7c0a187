import Ember

/// The cache is full when a table is put into for the first time.
struct FirstPutOfMany: Scenario {
    let name = "eviction-wait"
    let kind = ScenarioKind.hang
    let summary = "a put waits for room in the cache with a lock that the eviction server needs to make room"

    func run(_ stage: Stage) throws {
        var configuration = Application.configuration()
        configuration.defects = .spaceUnderOpenTables
        configuration.cacheBytes = 256 << 10
        configuration.hooks.hold(.evictionDue, until: .cacheFull)
        let database = try Application.open(stage, configuration, rows: 10)
        let session = try database.openSession()
        try session.createTable("attachments")
        try session.begin()
        for row in 0..<400 {
            try session.put(Application.table, Application.key(row), [UInt8](repeating: 1, count: 1000))
        }
        guard configuration.hooks.wait(for: .evictionDue) else { throw ToolError.notReached(what: "a full cache") }
        stage.ready("An application fills the cache with one table and goes on with another.")
        try session.put("attachments", Application.key(0), [1])
        try session.commit()
        try database.close()
    }
}
