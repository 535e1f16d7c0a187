import DequeModule
import Synchronization

/// Which transactions there are, what has been committed and what snapshots are in use.
///
/// A snapshot is the position in the log up to which commits are visible. A commit becomes visible when its record is
/// durable, in the order of the log: what a snapshot shows is what a log cut there would recover.
public final class Transactions: @unchecked Sendable {
    private let lock = Lock("transactions")
    let log: Log
    private let state: StoreState

    // Under `lock`.
    private var visible: LogSequenceNumber
    private var snapshots: Deque<(sequence: LogSequenceNumber, users: Int)> = []
    private var unpublished: Deque<(sequence: LogSequenceNumber, mark: CommitMark?)> = []
    private var lastID: UInt64 = 0
    private var active = 0

    private let oldestPosition: Atomic<UInt64>

    init(log: Log, state: StoreState, visible: LogSequenceNumber) {
        self.log = log
        self.state = state
        self.visible = visible
        oldestPosition = Atomic(visible.position)
    }

    /// The snapshot that a transaction would get now.
    public var newestSnapshot: LogSequenceNumber { lock.withLock { visible } }

    /// No snapshot before this one is in use or will be: older versions of a key than the one that it shows can go.
    public var oldestSnapshot: LogSequenceNumber { LogSequenceNumber(oldestPosition.load(ordering: .acquiring)) }

    /// How many have begun and neither been committed nor rolled back.
    public var activeCount: Int { lock.withLock { active } }

    /// Begins a transaction. Throws `.closed`.
    public func begin() throws(EmberError) -> Transaction {
        try state.check()
        return lock.withLock {
            lastID += 1
            active += 1
            retainNewest()
            return Transaction(id: lastID, snapshot: visible, transactions: self, state: state)
        }
    }

    /// A snapshot that is held without a transaction, to be given back by `release`.
    func holdNewestSnapshot() -> LogSequenceNumber {
        lock.withLock {
            retainNewest()
            return visible
        }
    }

    func release(_ snapshot: LogSequenceNumber) { lock.withLock { drop(snapshot) } }

    /// Ends a transaction, with or without success.
    func end(_ snapshot: LogSequenceNumber) {
        lock.withLock {
            active -= 1
            drop(snapshot)
        }
    }

    /// Appends `record` to the log; `mark` becomes visible once that is durable and `publish` called.
    func append(_ record: LogRecord, mark: CommitMark?) throws(EmberError) -> LogSequenceNumber {
        let payload = try record.payload()
        let sum = checksum(payload)
        lock.lock()
        defer { lock.unlock() }
        let sequence = try log.append(kind: record.kind, payload: payload, checksum: sum)
        unpublished.append((sequence, mark))
        return sequence
    }

    /// Throws `.closed` unless all up to `sequence` is durable.
    func requireDurable(_ sequence: LogSequenceNumber) throws(EmberError) {
        guard log.durable < sequence else { return }
        try state.check()
        throw .closed(reason: "a commit was to be acknowledged before it was durable")
    }

    /// Makes visible all commits that are durable, no matter who waits for them.
    func publish() {
        let durable = log.durable
        lock.withLock {
            while let first = unpublished.first, first.sequence <= durable {
                first.mark?.commit(at: first.sequence)
                visible = first.sequence
                unpublished.removeFirst()
            }
            updateOldest()
        }
    }

    // The rest with `lock` held. Snapshots are taken in ascending order, so that the first in use is the oldest.

    private func retainNewest() {
        if let last = snapshots.last, last.sequence == visible {
            snapshots[snapshots.count - 1].users += 1
        } else {
            snapshots.append((visible, 1))
        }
        updateOldest()
    }

    private func drop(_ snapshot: LogSequenceNumber) {
        var low = 0
        var high = snapshots.count
        while low < high {
            let middle = (low + high) / 2
            if snapshots[middle].sequence < snapshot { low = middle + 1 } else { high = middle }
        }
        guard low < snapshots.count, snapshots[low].sequence == snapshot else { return }
        snapshots[low].users -= 1
        while let first = snapshots.first, first.users == 0 { snapshots.removeFirst() }
        updateOldest()
    }

    private func updateOldest() {
        oldestPosition.store((snapshots.first?.sequence ?? visible).position, ordering: .releasing)
    }
}
