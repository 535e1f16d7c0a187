/// What was found when a store was opened.
public struct RecoveryReport: Hashable, Sendable {
    /// Up to where the checkpoint goes that was read; 0 without one.
    public var checkpoint = LogSequenceNumber.zero
    /// Where the last whole record of the log ends.
    public var end = LogSequenceNumber.zero
    /// Transactions of the log after the checkpoint, done again.
    public var transactions = 0
    /// Bytes of the log after `end`, cut off: of records that were being written when the store stopped, unless the disk
    /// has lost something.
    public var bytesDropped: UInt64 = 0
    /// What is wrong with the first of them.
    public var tornReason: String?
}
