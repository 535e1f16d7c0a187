import Diagnosis
import ProcessModel

/// What all threads are up to, in groups: those in trouble first, then those that are fine, each with the reason.
struct VerdictText {
    let assessment: Assessment
    let style: Style

    private static let most = 20

    func write(to output: inout ByteWriter) {
        guard !assessment.verdicts.isEmpty else { return }
        var order: [Key] = []
        var groups: [Key: (threads: [ThreadID], reasons: [String: Int], first: String)] = [:]
        for position in assessment.verdicts.indices {
            let verdict = assessment.verdicts[position]
            let key = key(at: position)
            if groups[key] == nil { order.append(key) }
            groups[key, default: ([], [:], verdict.reason)].threads.append(verdict.thread)
            groups[key]?.reasons[verdict.reason, default: 0] += 1
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
            guard let (ids, reasons, first) = groups[key] else { continue }
            var who =
                ids.count == 1 ? assessment.wording.thread(ids[0]) : "\(ids.count) threads (\(ThreadList.ranges(ids)))"
            if let place = key.place { who += " in \(place)" }
            let reason = reasons.count == 1 ? first : "\(first), and \(reasons.count - 1) more of this kind"
            output.append("  ")
            let ink = Self.ink(key.verdict)
            if let ink { output.append(trusted: style.begin(ink)) }
            output.append(trusted: key.verdict.rawValue)
            if ink != nil { output.append(trusted: style.end) }
            output.spaces(9 - key.verdict.rawValue.utf8.count)
            Paragraph.write("\(who): \(reason)", column: 11, indent: 11, width: style.width, to: &output)
        }
        let rest = ranked.dropFirst(Self.most)
        if !rest.isEmpty {
            let threads = rest.reduce(0) { $0 + (groups[$1]?.threads.count ?? 0) }
            Paragraph.write(
                "and \(threads) more threads with \(rest.count) other reasons: see --format json", indent: 2,
                width: style.width, to: &output)
        }
    }

    /// What makes threads one group: the same reason, or the same place at which each waits for a thing of its own.
    private struct Key: Hashable {
        var verdict: Verdict
        var reason: String?
        var kind: WaitKind?
        var place: String?
    }

    private func key(at position: Int) -> Key {
        let verdict = assessment.verdicts[position]
        if verdict.verdict == .waiting || verdict.verdict == .outside, let edge = assessment.graph.edges[position],
            let node = edge.releasers.first, case .outside = assessment.graph.nodes[node]
        {
            return Key(verdict: verdict.verdict, reason: nil, kind: edge.kind, place: placeWords(at: position))
        }
        let place = verdict.verdict == .running ? placeWords(at: position) : nil
        return Key(verdict: verdict.verdict, reason: verdict.reason, kind: nil, place: place)
    }

    private func placeWords(at position: Int) -> String? {
        assessment.index.focus.place(of: assessment.snapshot.threads[position])?.words
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
