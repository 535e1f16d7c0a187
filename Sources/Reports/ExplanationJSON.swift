import Diagnosis
import ProcessModel

/// One thread's wait explained, as JSON: `deadwait why --format json`.
public struct ExplanationJSON: Sendable {
    /// Changes when a member changes its meaning or goes away.
    public static let schema = "deadwait.why/1"

    /// The snapshot was loaded from a file.
    public var isSaved: Bool

    public init(isSaved: Bool = false) { self.isSaved = isSaved }

    /// The whole document, with a newline behind it. `thread` and `findings` are as in `deadwait.report/1`.
    public func write(_ explanation: ThreadExplanation, to output: inout ByteWriter) {
        let assessment = explanation.assessment
        var parts = JSONParts(assessment.index)
        var json = JSONWriter(output)
        json.beginObject(lines: true)
        json.string("schema", Self.schema)
        parts.process(isSaved: isSaved, to: &json)
        json.key("thread")
        parts.thread(explanation.thread, verdict: explanation.verdict, to: &json)
        json.key("findings")
        json.beginArray(lines: true)
        for number in explanation.findings { ReportJSON.write(assessment.findings[number], to: &json) }
        json.end()
        json.key("chain")
        ReportJSON.write(explanation.chain, to: &json)
        json.key("wait")
        json.beginArray(lines: true)
        for sentence in explanation.wait { json.string(sentence) }
        json.end()
        json.key("candidates")
        json.beginArray(lines: true)
        for candidate in explanation.candidates { Self.write(candidate, to: &json) }
        json.end()
        json.integer("omittedCandidates", explanation.omittedCandidates)
        json.string("silence", explanation.silence)
        parts.gaps(to: &json)
        json.integer("exitStatus", assessment.exitStatus.rawValue)
        json.finish(into: &output)
    }

    private static func write(_ candidate: ThreadExplanation.Candidate, to json: inout JSONWriter) {
        json.beginObject(lines: true)
        json.string("function", candidate.function)
        json.key("places")
        json.beginArray()
        for place in candidate.places { json.string(place) }
        json.end()
        json.string("does", candidate.effect.rawValue)
        json.boolean("sure", candidate.isSure)
        json.key("ways")
        json.beginArray(lines: true)
        for way in candidate.ways { write(way, to: &json) }
        json.end()
        json.key("withoutWay")
        ReportJSON.write(candidate.without, to: &json)
        json.end()
    }

    private static func write(_ way: ThreadExplanation.Way, to json: inout JSONWriter) {
        json.beginObject()
        switch way.walker {
        case .threads(let ids):
            json.string("walker", "threads")
            json.key("threads")
            ReportJSON.write(ids, to: &json)
        case .callback: json.string("walker", "callback")
        case .startRoutine(let name):
            json.string("walker", "start-routine")
            json.string("startRoutine", name)
        }
        json.string("trust", way.trust.rawValue)
        json.string("obstacle", way.obstacle)
        json.key("steps")
        json.beginArray()
        for step in way.steps {
            json.beginObject()
            json.string("function", step.function)
            json.string("place", step.place)
            json.string("level", step.level)
            json.boolean("creation", step.isCreation)
            json.end()
        }
        json.end()
        json.end()
    }
}
