import Ember
import Logging
import SystemPackage

/// The application whose engine Ember is: how it opens its database, and the rows that it puts there.
enum Application {
    static let table = "messages"

    /// What each scenario begins with: servers that act within a fraction of a second, so that whatever state is reached
    /// is reached soon, and no checkpoints but those that are asked for.
    static func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.checkpointInterval = nil
        configuration.sweepInterval = .milliseconds(100)
        configuration.logger = logger
        return configuration
    }

    /// Opens the stage's database; without the bugs of `configuration` on a repaired stage.
    static func open(_ stage: Stage, _ configuration: Configuration = configuration()) throws(EmberError) -> Database {
        var configuration = configuration
        if stage.isRepaired { configuration.defects = [] }
        return try Database.open(stage.folder.appending("database"), configuration)
    }

    /// The same with a table and `rows` rows in it, which takes `bytes` a row.
    static func open(
        _ stage: Stage, _ configuration: Configuration = configuration(), rows: Int, bytes: Int = 100
    ) throws(EmberError) -> Database {
        let database = try open(stage, configuration)
        let session = try database.openSession()
        defer { session.close() }
        if !database.tableNames.contains(table) { try session.createTable(table) }
        try fill(session, table, rows: rows, bytes: bytes)
        return database
    }

    /// Puts rows into a table, a hundred a transaction.
    static func fill(_ session: Session, _ table: String, rows: Int, bytes: Int) throws(EmberError) {
        let value = [UInt8](repeating: 0x2E, count: bytes)
        for first in stride(from: 0, to: rows, by: 100) {
            try session.begin()
            for row in first..<min(first + 100, rows) { try session.put(table, key(row), value) }
            try session.commit()
        }
    }

    /// In the order of the numbers.
    static func key(_ row: Int) -> [UInt8] {
        let digits = String(row)
        return Array("message-".utf8) + Array(String(repeating: "0", count: max(0, 8 - digits.count)).utf8)
            + Array(digits.utf8)
    }

    /// What the engine has to say goes to standard error: standard output is for the protocol.
    private static let logger: Logger = {
        var logger = Logger(label: "ember") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .notice
        return logger
    }()
}
