/// Where a page or an index lies in a table's file, and what it must be.
struct BlockAddress: Equatable {
    var offset: UInt64
    var length: UInt32
    var checksum: UInt32
    /// Later versions than this are not to be believed: the newest in the block, or the checkpoint that it was read from.
    var limit: LogSequenceNumber
}
