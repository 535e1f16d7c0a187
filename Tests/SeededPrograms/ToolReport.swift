import ProcessModel

/// What judging needs of a report of the command line tool, as `--format json` writes it.
public struct ToolReport: Decodable, Sendable {
    public struct Finding: Decodable, Sendable {
        public var rule: String
        public var confidence: String
        public var threads: [Int32]
        public var victims: [Int32]
        public var summary: String

        public init(rule: String, confidence: String, threads: [Int32], victims: [Int32] = [], summary: String = "") {
            self.rule = rule
            self.confidence = confidence
            self.threads = threads
            self.victims = victims
            self.summary = summary
        }
    }

    public struct Thread: Decodable, Sendable {
        struct WaitsOn: Decodable, Sendable {
            var kind: String
            var timed: Bool?
        }

        public var tid: Int32
        public var verdict: String
        public var reason: String
        var waitsOn: WaitsOn?

        public init(tid: Int32, verdict: String, reason: String = "") {
            self.tid = tid
            self.verdict = verdict
            self.reason = reason
        }

        /// What it waits in, by the decoder; nil for one that waits in nothing that is known.
        var wait: Wait? {
            guard let waitsOn, let kind = WaitKind(rawValue: waitsOn.kind) else { return nil }
            return Wait(kind: kind, isTimed: waitsOn.timed, summary: "", sources: [])
        }
    }

    public var findings: [Finding]
    public var threads: [Thread]

    public init(findings: [Finding], threads: [Thread]) {
        self.findings = findings
        self.threads = threads
    }
}
