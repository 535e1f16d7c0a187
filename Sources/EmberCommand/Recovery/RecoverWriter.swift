import ArgumentParser
import CEmberCommand
import Ember
import Glibc
import SystemPackage

/// The child of `recover-test`: opens the database, tells on standard output what is in it, then writes until it is
/// killed. See `Ledger` for what it writes, `WriterMessage` for what it tells.
struct RecoverWriter: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "recover-writer", shouldDisplay: false)

    @Option var folder: String
    @Option var seed: UInt64
    /// Which start of it this is: what is left to chance differs from the last one.
    @Option var number: UInt64
    @Option var parent: Int32
    /// Tells what there is, and closes the database.
    @Flag var onlyTell = false

    func run() throws {
        guard cembercommand_die_with(parent) == 0 else { return }
        try Complaint.reporting {
            WriterMessage.opening.send(to: STDOUT_FILENO)
            var random = RandomSequence(seed, number)
            let start = ContinuousClock.now
            let database = try Database.open(FilePath(folder), Self.configuration(&random))
            let took = start.duration(to: .now)
            WriterMessage.opened(microseconds: UInt64(took / .microseconds(1))).send(to: STDOUT_FILENO)
            try tell(database)
            if onlyTell { try database.close() } else { try write(database) }
        }
    }

    /// Little memory and frequent checkpoints, so that a kill may come at any of these.
    private static func configuration(_ random: inout RandomSequence) -> Configuration {
        var configuration = Configuration()
        configuration.cacheBytes = 128 << 10
        configuration.asyncWorkers = 1
        configuration.pageBytes = 2 << 10
        configuration.logSegmentBytes = 32 << 10
        // The servers' own clocks are too slow for this.
        configuration.checkpointInterval = nil
        configuration.sweepInterval = .milliseconds(Int.random(in: 1...200, using: &random))
        configuration.idleHandle = .zero
        return configuration
    }

    /// Sends all rows of all tables, which are read forwards, and checks that they are the same backwards.
    private func tell(_ database: Database) throws {
        let session = try database.openSession()
        defer { session.close() }
        let names = database.tableNames
        for (number, name) in (Ledger.rowTables + [Ledger.accountTable]).enumerated() where names.contains(name) {
            var forwards: [KeyValue] = []
            let cursor = try session.cursor(name)
            while let row = try cursor.next() {
                forwards.append(row)
                WriterMessage.row(table: UInt8(number), key: row.key, value: row.value).send(to: STDOUT_FILENO)
            }
            let reverse = try session.cursor(name)
            var backwards: [KeyValue] = []
            while let row = try reverse.previous() { backwards.append(row) }
            if backwards.reversed() != forwards {
                WriterMessage.wrong("table \(name) has other rows backwards").send(to: STDOUT_FILENO)
            }
            for (row, next) in zip(forwards, forwards.dropFirst())
            where !row.key.lexicographicallyPrecedes(next.key) {
                WriterMessage.wrong("table \(name) is not in order").send(to: STDOUT_FILENO)
            }
        }
        WriterMessage.complete.send(to: STDOUT_FILENO)
    }

    /// Ends when it is killed, which its parent also does when a writer has met an error.
    private func write(_ database: Database) throws -> Never {
        let names = database.tableNames
        for name in Ledger.rowTables + [Ledger.accountTable] where !names.contains(name) {
            try database.openSession().createTable(name)
        }
        try openAccounts(database)
        let ledger = Ledger(seed: seed)
        for writer in 0..<Ledger.writers {
            let work = LedgerWriter(ledger, writer, run: number, session: try database.openSession())
            _ = try ApplicationThread("writer-\(writer)") {
                do {
                    try work.run()
                } catch {
                    WriterMessage.wrong("writer \(writer): \(error)").send(to: STDOUT_FILENO)
                }
            }
        }
        var random = RandomSequence(seed, number, 5)
        while true {
            Pause.until(.now + .milliseconds(Int.random(in: 1...20, using: &random)))
            database.requestCheckpoint()
        }
    }

    /// All of them in one transaction, if they are not there yet.
    private func openAccounts(_ database: Database) throws {
        let session = try database.openSession()
        defer { session.close() }
        guard try session.get(Ledger.accountTable, Ledger.accountKey(0)) == nil else { return }
        try session.begin()
        for account in 0..<Ledger.accounts {
            let row = AccountRow(balance: Ledger.openingBalance, writer: 0, number: 0)
            try session.put(Ledger.accountTable, Ledger.accountKey(account), row.bytes)
        }
        try session.commit()
    }
}
