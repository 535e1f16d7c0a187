/// A position in the log, in bytes of records since the store was created: of a record's end, and so of a commit.
///
/// Commits are ordered by it, a snapshot is one, and a checkpoint holds what was committed up to one. 0 is the empty
/// store.
public struct LogSequenceNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let position: UInt64

    public init(_ position: UInt64) { self.position = position }

    public static let zero = LogSequenceNumber(0)
    public static let max = LogSequenceNumber(.max)

    public static func < (left: Self, right: Self) -> Bool { left.position < right.position }

    public var description: String { String(position) }
}
