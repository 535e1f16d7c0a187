import Diagnosis
import ProcessModel

/// What all threads are up to, in groups: those in trouble first, then those that are fine, each with the reason.
struct VerdictText {
    let assessment: Assessment
    let style: Style

    private static let most = 20

    func write(to output: inout ByteWriter) {
        guard !assessment.verdicts.isEmpty else { return }
        struct Key: Hashable {
            var verdict: Verdict
            var reason: String
        }
        var order: [Key] = []
        var members: [Key: [ThreadID]] = [:]
        for verdict in assessment.verdicts {
            let key = Key(verdict: verdict.verdict, reason: verdict.reason)
            if members[key] == nil { order.append(key) }
            members[key, default: []].append(verdict.thread)
        }
        let ranked = order.enumerated().sorted { left, right in
            let ranks = (Self.rank(left.element.verdict), Self.rank(right.element.verdict))
            return ranks.0 == ranks.1 ? left.offset < right.offset : ranks.0 < ranks.1
        }.map(\.element)
        output.newline()
        output.append(trusted: style.begin(.bold))
        output.append("All threads\n")
        output.append(trusted: style.end)
        for key in ranked.prefix(Self.most) {
            let ids = members[key] ?? []
            let who =
                ids.count == 1 ? assessment.wording.thread(ids[0]) : "\(ids.count) threads (\(ThreadList.ranges(ids)))"
            output.append("  ")
            let ink = Self.ink(key.verdict)
            if let ink { output.append(trusted: style.begin(ink)) }
            output.append(trusted: key.verdict.rawValue)
            if ink != nil { output.append(trusted: style.end) }
            output.spaces(9 - key.verdict.rawValue.utf8.count)
            Paragraph.write("\(who): \(key.reason)", column: 11, indent: 11, width: style.width, to: &output)
        }
        let rest = ranked.dropFirst(Self.most)
        if !rest.isEmpty {
            let threads = rest.reduce(0) { $0 + (members[$1]?.count ?? 0) }
            Paragraph.write(
                "and \(threads) more threads with \(rest.count) other reasons: see --format json", indent: 2,
                width: style.width, to: &output)
        }
    }

    private static func rank(_ verdict: Verdict) -> Int {
        switch verdict {
        case .stuck: 0
        case .victim: 1
        case .unknown: 2
        case .waiting: 3
        case .running: 4
        case .outside: 5
        case .idle: 6
        }
    }

    private static func ink(_ verdict: Verdict) -> Style.Ink? {
        switch verdict {
        case .stuck: .red
        case .victim, .unknown: .yellow
        case .waiting, .outside, .idle: nil
        case .running: .green
        }
    }
}
