/// What the tables of a `Ledger` must hold, from what was acknowledged and from what was found before.
struct LedgerModel {
    /// What a recovered database was found to hold.
    struct Contents {
        /// One a row table: key to value.
        var rows: [[[UInt8]: [UInt8]]] = Array(repeating: [:], count: Ledger.rowTables.count)
        var accounts: [[UInt8]: [UInt8]] = [:]
    }

    private struct Writer {
        /// The last transaction that is part of `rows`.
        var applied: UInt64 = 0
        /// The last that was acknowledged, in whichever run.
        var acknowledged: UInt64 = 0
        /// The last that may have been begun: one is under way at a time.
        var begun: UInt64 = 0
    }

    let ledger: Ledger
    private var writers = [Writer](repeating: Writer(), count: Ledger.writers)
    private var rows: [[[UInt8]: [UInt8]]] = Array(repeating: [:], count: Ledger.rowTables.count)
    private(set) var acknowledgements = 0
    /// Transactions that were found though their acknowledgement never came.
    private(set) var unacknowledged = 0

    init(_ ledger: Ledger) { self.ledger = ledger }

    /// A writing process is about to be started: each writer may begin one transaction beyond the last known one.
    mutating func runBegins() {
        for writer in writers.indices { writers[writer].begun += 1 }
    }

    /// A transaction was acknowledged; what is wrong with that, if anything.
    mutating func acknowledge(_ writer: Int, _ number: UInt64) -> String? {
        guard writers.indices.contains(writer) else { return "acknowledgement of an unknown writer \(writer)" }
        let expected = writers[writer].acknowledged
        guard number > expected else { return "writer \(writer): \(number) acknowledged after \(expected)" }
        writers[writer].acknowledged = number
        writers[writer].begun = max(writers[writer].begun, number + 1)
        acknowledgements += 1
        return nil
    }

    /// Compares what was found after a recovery, and takes it for what the next recovery must at least have. Nil when
    /// all is as it must be, else the first thing that is not.
    mutating func check(_ found: Contents) -> String? {
        for writer in writers.indices {
            let bytes = found.rows[0][Ledger.counterKey(writer)]
            let number: UInt64 = bytes.flatMap { Ledger.number($0) } ?? 0
            let state = writers[writer]
            if number < state.acknowledged {
                return "writer \(writer): \(state.acknowledged) was acknowledged, the last one found is \(number)"
            }
            if number < state.applied {
                return "writer \(writer): \(state.applied) was found before, the last one found now is \(number)"
            }
            if number > state.begun {
                return "writer \(writer): \(number) was found, but no more than \(state.begun) were begun"
            }
            unacknowledged += Int(number - max(state.acknowledged, state.applied))
            apply(writer, through: number)
            writers[writer].acknowledged = number
            writers[writer].begun = number
        }
        for table in rows.indices {
            if let difference = Self.difference(rows[table], found.rows[table]) {
                return "table \(Ledger.rowTables[table]): \(difference)"
            }
        }
        return checkAccounts(found.accounts)
    }

    private mutating func apply(_ writer: Int, through last: UInt64) {
        while writers[writer].applied < last {
            writers[writer].applied += 1
            for change in ledger.changes(writer, writers[writer].applied) {
                rows[change.table][change.key] = change.value
            }
        }
    }

    /// Money is neither made nor lost, and whoever wrote an account's row is known to be there.
    private func checkAccounts(_ found: [[UInt8]: [UInt8]]) -> String? {
        if found.isEmpty {
            // They are opened before anything else is done.
            return writers.allSatisfy { $0.applied == 0 } ? nil : "the accounts are gone"
        }
        guard found.count == Ledger.accounts else { return "\(found.count) of \(Ledger.accounts) accounts are there" }
        var sum: Int64 = 0
        for account in 0..<Ledger.accounts {
            guard let row = found[Ledger.accountKey(account)].flatMap({ AccountRow($0) }),
                writers.indices.contains(Int(clamping: row.writer))
            else { return "account \(account) holds something else" }
            sum += row.balance
            if row.number > writers[Int(row.writer)].applied {
                return
                    "account \(account) is of transaction \(row.number) of writer \(row.writer), the rest of which is not there"
            }
        }
        let expected = Int64(Ledger.accounts) * Ledger.openingBalance
        return sum == expected ? nil : "the accounts hold \(sum) together, not \(expected)"
    }

    private static func difference(_ expected: [[UInt8]: [UInt8]], _ found: [[UInt8]: [UInt8]]) -> String? {
        if expected == found { return nil }
        for key in Set(expected.keys).union(found.keys).sorted(by: { $0.lexicographicallyPrecedes($1) })
        where expected[key] != found[key] {
            let name = String(decoding: key, as: UTF8.self)
            return "\(name) is \(describe(found[key])), not \(describe(expected[key]))"
        }
        return nil
    }

    private static func describe(_ value: [UInt8]?) -> String {
        guard let value else { return "not there" }
        let number: UInt64? = Ledger.number(value)
        return "\(value.count) bytes of transaction \(number.map(String.init) ?? "?")"
    }
}
