import Diagnosis
import ProcessModel

/// Findings, verdicts and stacks as JSON, for programs. Within a version fields are only added.
public struct ReportJSON: Sendable {
    /// Changes when a member changes its meaning or goes away.
    public static let schema = "deadwait.report/1"

    /// The snapshot was loaded from a file.
    public var isSaved: Bool

    public init(isSaved: Bool = false) { self.isSaved = isSaved }

    /// The whole document, with a newline behind it.
    public func write(_ assessment: Assessment, to output: inout ByteWriter) {
        var parts = JSONParts(assessment.index)
        var json = JSONWriter(output)
        json.beginObject(lines: true)
        json.string("schema", Self.schema)
        parts.process(isSaved: isSaved, to: &json)
        parts.crash(to: &json)
        json.key("findings")
        json.beginArray(lines: true)
        for finding in assessment.findings { Self.write(finding, to: &json) }
        json.end()
        json.key("threads")
        json.beginArray(lines: true)
        for (thread, verdict) in zip(assessment.snapshot.threads, assessment.verdicts) {
            parts.thread(thread, verdict: verdict, to: &json)
        }
        json.end()
        parts.gaps(to: &json)
        parts.timing(to: &json)
        json.integer("exitStatus", assessment.exitStatus.rawValue)
        json.finish(into: &output)
    }

    static func write(_ finding: Finding, to json: inout JSONWriter) {
        json.beginObject(lines: true)
        json.string("rule", finding.rule.rawValue)
        json.string("confidence", finding.confidence.rawValue)
        json.string("summary", finding.summary)
        json.string("nextStep", finding.nextStep)
        json.key("threads")
        write(finding.threads, to: &json)
        json.key("victims")
        write(finding.victims, to: &json)
        json.address("object", finding.objects.first?.rawValue.rawValue)
        json.key("objects")
        json.beginArray()
        for object in finding.objects { json.address(object.rawValue.rawValue) }
        json.end()
        json.key("chain")
        write(finding.chain, to: &json)
        json.key("wouldRelease")
        json.beginArray(lines: true)
        for releaser in finding.wouldRelease {
            json.beginObject()
            json.integer("tid", releaser.thread?.rawValue)
            json.string("role", releaser.role)
            json.address("object", releaser.object?.rawValue.rawValue)
            json.string("startRoutine", releaser.startRoutine)
            json.string("status", releaser.status.rawValue)
            json.string("why", releaser.why)
            json.end()
        }
        json.end()
        write("evidence", finding.evidence, to: &json)
        write("cause", finding.cause, to: &json)
        json.key("assumptions")
        json.beginArray(lines: true)
        for assumption in finding.assumptions { json.string(assumption) }
        json.end()
        json.end()
    }

    private static func write(_ key: StaticString, _ facts: [Evidence], to json: inout JSONWriter) {
        json.key(key)
        json.beginArray(lines: true)
        for evidence in facts {
            json.beginObject()
            json.string("fact", evidence.fact)
            json.integer("tid", evidence.thread?.rawValue)
            json.integer("frame", evidence.frame)
            json.address("object", evidence.object?.rawValue.rawValue)
            json.string("field", evidence.field)
            json.end()
        }
        json.end()
    }

    static func write(_ chain: [ChainLink], to json: inout JSONWriter) {
        json.beginArray(lines: true)
        for link in chain {
            json.beginObject()
            json.integer("tid", link.thread.rawValue)
            json.string("kind", link.kind.rawValue)
            json.address("object", link.object?.rawValue.rawValue)
            json.integer("owner", link.owner.rawValue)
            json.end()
        }
        json.end()
    }

    static func write(_ ids: [ThreadID], to json: inout JSONWriter) {
        json.beginArray()
        for id in ids { json.integer(id.rawValue) }
        json.end()
    }
}
