/// A key and its value.
public struct KeyValue: Hashable, Sendable {
    public let key: [UInt8]
    public let value: [UInt8]
}

/// Goes over the keys of a table, in either direction, as one transaction sees them.
///
/// It stands on a key, not on a page: what is split, deleted or evicted under it does not matter. New, it stands before
/// the first and after the last key at once. It is used by the thread that its transaction is used by.
public final class Cursor {
    private enum Position {
        case fresh
        case beforeFirst
        case on([UInt8])
        case afterLast
    }

    private let table: Table
    private let low: [UInt8]
    private let high: [UInt8]?
    private let transaction: Transaction
    private var position = Position.fresh
    /// What follows the position, the next last; read when the transaction had changed `readChanges` keys.
    private var ahead: [KeyValue] = []
    private var isAheadForward = true
    private var readChanges = 0

    init(over table: Table, from low: [UInt8], upTo high: [UInt8]?, in transaction: Transaction) {
        self.table = table
        self.low = low
        self.high = high
        self.transaction = transaction
    }

    /// Goes to the next key in order, or after the last and returns nil. Throws as `Table.get`.
    public func next() throws(EmberError) -> KeyValue? { try move(isForward: true) }

    /// Goes to the key before, or before the first and returns nil. Throws as `Table.get`.
    public func previous() throws(EmberError) -> KeyValue? { try move(isForward: false) }

    /// Stands on `key`, whether it is there or not: `next` gives the first after it, `previous` the last before it.
    public func seek(_ key: [UInt8]) {
        position = .on(key)
        ahead = []
    }

    private func move(isForward: Bool) throws(EmberError) -> KeyValue? {
        try transaction.check()
        if isForward != isAheadForward || readChanges != transaction.changeCount { ahead = [] }
        if ahead.isEmpty {
            isAheadForward = isForward
            readChanges = transaction.changeCount
            ahead = try isForward ? readForward() : readBackward()
        }
        guard let found = ahead.popLast() else {
            position = isForward ? .afterLast : .beforeFirst
            return nil
        }
        position = .on(found.key)
        return found
    }

    private func readForward() throws(EmberError) -> [KeyValue] {
        switch position {
        case .afterLast: []
        case .fresh, .beforeFirst: try table.read(from: low, including: true, upTo: high, in: transaction)
        case .on(let key):
            if compare(key, low) < 0 {
                try table.read(from: low, including: true, upTo: high, in: transaction)
            } else {
                try table.read(from: key, including: false, upTo: high, in: transaction)
            }
        }
    }

    private func readBackward() throws(EmberError) -> [KeyValue] {
        switch position {
        case .beforeFirst: return []
        case .fresh, .afterLast: return try table.read(before: high, downTo: low, in: transaction)
        case .on(let key):
            if let high, compare(high, key) < 0 { return try table.read(before: high, downTo: low, in: transaction) }
            return try table.read(before: key, downTo: low, in: transaction)
        }
    }
}
