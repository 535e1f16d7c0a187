import Synchronization

/// The commit of one transaction, shared by all that it wrote: 0 until then, and for good when it rolls back.
final class CommitMark: Sendable {
    private let position = Atomic<UInt64>(0)

    var sequence: LogSequenceNumber { LogSequenceNumber(position.load(ordering: .acquiring)) }

    func commit(at sequence: LogSequenceNumber) { position.store(sequence.position, ordering: .releasing) }
}

/// One value of a key, or its deletion, and since when it holds.
struct Version {
    /// nil where the key was deleted.
    var value: [UInt8]?
    private let written: LogSequenceNumber
    /// The transaction that wrote it, if that was since the page was read.
    let mark: CommitMark?

    init(_ value: [UInt8]?, by mark: CommitMark) {
        self.value = value
        self.mark = mark
        written = .zero
    }

    init(_ value: [UInt8]?, at sequence: LogSequenceNumber) {
        self.value = value
        written = sequence
        mark = nil
    }

    /// Where its commit ends in the log; 0 while it is not committed.
    var sequence: LogSequenceNumber { mark?.sequence ?? written }

    /// What it takes in memory, roughly.
    var size: Int { 48 + (value?.count ?? 0) }
}
