import Diagnosis
import ProcessModel

/// Who has moved between two snapshots, as JSON: `deadwait diff --format json`.
public struct ComparisonJSON: Sendable {
    /// Changes when a member changes its meaning or goes away.
    public static let schema = "deadwait.diff/1"

    /// The later snapshot was loaded from a file.
    public var isSaved: Bool

    public init(isSaved: Bool = false) { self.isSaved = isSaved }

    /// The whole document, with a newline behind it. A thread's `before` and `after` are as in `deadwait.stacks/1`.
    public func write(_ comparison: SnapshotComparison, to output: inout ByteWriter) {
        var (before, after) = (JSONParts(comparison.before), JSONParts(comparison.after))
        var json = JSONWriter(output)
        json.beginObject(lines: true)
        json.string("schema", Self.schema)
        after.process(isSaved: isSaved, to: &json)
        json.integer("elapsedNanoseconds", comparison.elapsedNanoseconds)
        json.key("threads")
        json.beginArray(lines: true)
        for item in comparison.items {
            json.beginObject(lines: true)
            json.integer("tid", item.id.rawValue)
            json.string("movement", item.movement.rawValue)
            json.integer("runs", item.runs)
            json.integer("cpuNanoseconds", item.cpuNanoseconds)
            json.key("before")
            Self.thread(item.before, comparison.before, &before, to: &json)
            json.key("after")
            Self.thread(item.after, comparison.after, &after, to: &json)
            json.end()
        }
        json.end()
        json.key("ownerChanges")
        json.beginArray(lines: true)
        for change in comparison.ownerChanges {
            json.beginObject()
            json.address("object", change.object.rawValue.rawValue)
            for (name, ids) in [("before", change.before), ("after", change.after)] {
                json.key(name)
                json.beginArray()
                for id in ids { json.integer(id.rawValue) }
                json.end()
            }
            json.end()
        }
        json.end()
        after.gaps(comparison.gaps, to: &json)
        json.finish(into: &output)
    }

    private static func thread(
        _ position: Int?, _ index: SnapshotIndex, _ parts: inout JSONParts, to json: inout JSONWriter
    ) {
        guard let position else {
            json.null()
            return
        }
        parts.thread(index.snapshot.threads[position], verdict: nil, to: &json)
    }
}
