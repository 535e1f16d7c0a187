import Ember
import Glibc

/// Does the transactions of one writer of a `Ledger`, one after the other, and acknowledges each that is durable.
final class LedgerWriter: @unchecked Sendable {
    private let ledger: Ledger
    private let writer: Int
    private let session: Session
    private var random: RandomSequence

    init(_ ledger: Ledger, _ writer: Int, run: UInt64, session: Session) {
        self.ledger = ledger
        self.writer = writer
        self.session = session
        random = RandomSequence(ledger.seed, UInt64(writer), run, 2)
    }

    /// Never returns while there is somebody who reads the acknowledgements.
    func run() throws(EmberError) {
        let counter = try session.get(Ledger.rowTables[0], Ledger.counterKey(writer))
        var number: UInt64 = counter.flatMap { Ledger.number($0) } ?? 0
        while true {
            number += 1
            if Int.random(in: 0..<8, using: &random) == 0 { try changeItsMind(number) }
            while !(try commit(number)) {}
            guard WriterMessage.acknowledged(writer: UInt8(writer), number: number).send(to: STDOUT_FILENO) else {
                return
            }
        }
    }

    /// Does the transaction; false when another writer was faster with an account, and nothing was done.
    private func commit(_ number: UInt64) throws(EmberError) -> Bool {
        do throws(EmberError) {
            try session.begin()
            for change in ledger.changes(writer, number) {
                let table = Ledger.rowTables[change.table]
                if let value = change.value {
                    try session.put(table, change.key, value)
                } else {
                    try session.delete(table, change.key)
                }
            }
            if let transfer = ledger.transfer(writer, number) { try move(transfer, number) }
            try session.commit()
            return true
        } catch .conflict {
            session.rollBack()
            return false
        }
    }

    private func move(_ transfer: Ledger.Transfer, _ number: UInt64) throws(EmberError) {
        for (account, amount) in [(transfer.from, -transfer.amount), (transfer.to, transfer.amount)] {
            let key = Ledger.accountKey(account)
            guard let row = try session.get(Ledger.accountTable, key).flatMap({ AccountRow($0) }) else {
                throw .notFound(what: "account \(account)")
            }
            let new = AccountRow(balance: row.balance + amount, writer: UInt64(writer), number: number)
            try session.put(Ledger.accountTable, key, new.bytes)
        }
    }

    /// Writes what nobody must ever see, and rolls back.
    private func changeItsMind(_ number: UInt64) throws(EmberError) {
        try session.begin()
        for change in ledger.changes(writer, number) {
            try session.put(Ledger.rowTables[change.table], change.key, [0xFF])
        }
        session.rollBack()
    }
}
