import ProcessModel

/// What tests need of a report of the command line tool, as `--format json` writes it.
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
        public var wait: Wait? {
            guard let waitsOn, let kind = WaitKind(rawValue: waitsOn.kind) else { return nil }
            return Wait(kind: kind, isTimed: waitsOn.timed, summary: "", sources: [])
        }
    }

    public struct Timing: Decodable, Sendable {
        /// The longest that one thread was stopped.
        public var pauseMicroseconds: UInt64
    }

    public var findings: [Finding]
    public var threads: [Thread]
    public var timing: Timing?

    public init(findings: [Finding], threads: [Thread]) {
        self.findings = findings
        self.threads = threads
    }
}

extension ToolReport.Finding {
    /// Rules that name who holds others up and say that it may end: of nobody do they say that he is stuck.
    private static let telling: Set<String> = ["holder-blocked", "slow-but-alive", "blocked-outside"]

    /// It calls nobody stuck.
    public var isTelling: Bool { Self.telling.contains(rule) }
    /// It claims something.
    public var isSure: Bool { ["likely", "proved"].contains(confidence) }
    /// It says something.
    public var isTold: Bool { isSure || confidence == "suspected" }

    /// Whether a thread cannot go on for it.
    public func holds(_ tid: Int32) -> Bool { threads.contains(tid) || victims.contains(tid) }
}
