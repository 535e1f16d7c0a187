import ProcessModel

/// Makes a snapshot. One conformer a kind of input, each a file.
public protocol SnapshotSource {
    /// Why there is nothing to show at all.
    associatedtype Failure: Error

    /// Throws when there is nothing to show at all; what is missing from a partial picture is in the snapshot's gaps.
    func snapshot() throws(Failure) -> Snapshot
}
