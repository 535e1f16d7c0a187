import Diagnosis
import ProcessModel

/// Every thread with its stack, as JSON: `deadwait stacks --format json`.
///
/// The parts are those of `ReportJSON` without findings and verdicts.
public struct StacksJSON: Sendable {
    /// Changes when a member changes its meaning or goes away.
    public static let schema = "deadwait.stacks/1"

    /// The snapshot was loaded from a file.
    public var isSaved: Bool

    public init(isSaved: Bool = false) { self.isSaved = isSaved }

    /// The whole document, with a newline behind it.
    public func write(_ snapshot: Snapshot, to output: inout ByteWriter) {
        var parts = JSONParts(SnapshotIndex(snapshot))
        var json = JSONWriter(output)
        json.beginObject(lines: true)
        json.string("schema", Self.schema)
        parts.process(isSaved: isSaved, to: &json)
        parts.crash(to: &json)
        json.key("threads")
        json.beginArray(lines: true)
        for thread in snapshot.threads { parts.thread(thread, verdict: nil, to: &json) }
        json.end()
        parts.gaps(to: &json)
        parts.timing(to: &json)
        json.finish(into: &output)
    }
}
