public import ProcessModel

/// Reads a text that holds stack dumps, whatever wrote it and whatever happened to it on the way.
///
/// Never fails on a text: what is not understood is ignored and counted. Time and memory are linear in its size.
public struct DumpReader: Sendable {
    /// One process at one time.
    public struct Dump: Sendable {
        public var snapshot: Snapshot
        /// Which tool wrote it: "gdb".
        public var format: String
        /// Where it stands in the text, from 1.
        public var lines: ClosedRange<Int>
    }

    public private(set) var dumps: [Dump] = []
    /// What was undone before the text was read, as clauses: "mail quotes".
    public private(set) var carriers: [String] = []
    /// Lines that are not blank and were not understood.
    public private(set) var ignoredLines = 0
    /// Lines of the text, blank ones left out.
    public private(set) var usedLines = 0
    private var lines: [DumpLine] = []
    private var roles: [LineRole] = []

    /// More bytes than this are not read; the rest is a gap.
    public static let mostBytes = 1 << 30

    public init(_ bytes: [UInt8]) {
        let isCut = bytes.count > Self.mostBytes
        let carriers = Carriers(isCut ? Array(bytes.prefix(Self.mostBytes)) : bytes)
        self.carriers = carriers.steps
        lines = carriers.lines
        let scores = DumpFormats.all.map { $0.probe(lines) }
        guard let best = scores.max(), best > 0, let place = scores.firstIndex(of: best) else {
            roles = lines.map { $0.isBlank ? .blank : .ignored }
            count()
            return
        }
        let format = DumpFormats.all[place]
        let parsed = format.parse(lines)
        roles = parsed.roles
        count()
        for dump in parsed.dumps {
            var snapshot = DumpSnapshot(dump).snapshot
            if isCut {
                snapshot.gaps.append(
                    Gap(.process, operation: "read the whole text", reason: "it is larger than a gibibyte"))
            }
            if ignoredLines > 0 { snapshot.gaps.append(ignoredGap) }
            dumps.append(Dump(snapshot: snapshot, format: dump.format, lines: dump.lines))
        }
    }

    private mutating func count() {
        ignoredLines = roles.count { $0 == .ignored }
        usedLines = roles.count { $0 != .ignored && $0 != .blank }
    }

    private var ignoredGap: Gap {
        Gap(
            .file("the text"), operation: "understand every line",
            reason: "\(ignoredLines) of \(ignoredLines + usedLines) lines say nothing that is known",
            help: "--explain-parse shows which.")
    }

    /// What each line was taken for, in the order of the text.
    public var explanation: [ExplainedLine] {
        zip(lines, roles).map { ExplainedLine(number: $0.number, role: $1, text: $0.text) }
    }
}
