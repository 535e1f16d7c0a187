/// The transactions of the recovery test: what each of them does follows from the seed, its writer and its number, so
/// that the one who checks needs to know no more than these.
///
/// A writer's transactions are numbered from 1, and each begins when the one before it is durable. Each changes rows
/// that only its writer changes, in two tables, and its writer's counter; some also move money between accounts that all
/// writers share.
struct Ledger: Sendable {
    struct Change: Hashable, Sendable {
        var table: Int
        var key: [UInt8]
        /// Nil to delete the row.
        var value: [UInt8]?
    }

    struct Transfer: Hashable, Sendable {
        var from: Int
        var to: Int
        var amount: Int64
    }

    static let writers = 4
    static let accounts = 8
    static let openingBalance: Int64 = 1000
    /// The tables with a writer's own rows.
    static let rowTables = ["rows-0", "rows-1"]
    static let accountTable = "accounts"
    private static let rowsPerWriter = 48

    let seed: UInt64

    /// The rows that a transaction changes, its writer's counter among them, each row once.
    func changes(_ writer: Int, _ number: UInt64) -> [Change] {
        var random = RandomSequence(seed, UInt64(writer), number)
        var changes = [Change(table: 0, key: Self.counterKey(writer), value: Self.bytes(number))]
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let table = Int.random(in: 0...1, using: &random)
            let key = Self.rowKey(writer, Int.random(in: 0..<Self.rowsPerWriter, using: &random))
            let isDelete = Int.random(in: 0..<5, using: &random) == 0
            let isLong = Int.random(in: 0..<40, using: &random) == 0
            let count = Int.random(in: isLong ? 4_000...20_000 : 0...200, using: &random)
            let fill = UInt8.random(in: 0...255, using: &random)
            if changes.contains(where: { $0.table == table && $0.key == key }) { continue }
            let value = Self.bytes(number) + [UInt8](repeating: fill, count: count)
            changes.append(Change(table: table, key: key, value: isDelete ? nil : value))
        }
        return changes
    }

    /// The money that a transaction moves; nil for most.
    func transfer(_ writer: Int, _ number: UInt64) -> Transfer? {
        var random = RandomSequence(seed, UInt64(writer), number, 1)
        guard Int.random(in: 0..<4, using: &random) == 0 else { return nil }
        let from = Int.random(in: 0..<Self.accounts, using: &random)
        let to = (from + Int.random(in: 1..<Self.accounts, using: &random)) % Self.accounts
        return Transfer(from: from, to: to, amount: Int64.random(in: 1...50, using: &random))
    }

    static func counterKey(_ writer: Int) -> [UInt8] { Array("\(writer)/counter".utf8) }

    static func accountKey(_ account: Int) -> [UInt8] { Array("account-\(account)".utf8) }

    private static func rowKey(_ writer: Int, _ row: Int) -> [UInt8] { Array("\(writer)/row-\(row)".utf8) }

    /// Little-endian.
    static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }

    /// The little-endian number at `offset`; nil where the bytes do not reach.
    static func number<Number: FixedWidthInteger>(_ bytes: [UInt8], at offset: Int = 0) -> Number? {
        let size = MemoryLayout<Number>.size
        guard offset >= 0, offset + size <= bytes.count else { return nil }
        return bytes[offset..<offset + size].reversed().reduce(0 as Number) { $0 << 8 | Number(truncatingIfNeeded: $1) }
    }
}

/// What the row of an account holds: its balance, and which transaction wrote it.
struct AccountRow: Hashable {
    var balance: Int64
    var writer: UInt64
    /// 0 for the transaction that opened all accounts.
    var number: UInt64

    init(balance: Int64, writer: UInt64, number: UInt64) {
        self.balance = balance
        self.writer = writer
        self.number = number
    }

    /// Nil for bytes that are no such row.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == 24, let balance: Int64 = Ledger.number(bytes),
            let writer: UInt64 = Ledger.number(bytes, at: 8), let number: UInt64 = Ledger.number(bytes, at: 16)
        else { return nil }
        self.init(balance: balance, writer: writer, number: number)
    }

    var bytes: [UInt8] { Ledger.bytes(balance) + Ledger.bytes(writer) + Ledger.bytes(number) }
}
