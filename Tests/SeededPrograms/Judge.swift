import TestSupport

/// Holds what the tool says of a program in its declared state against the program's truth.
public struct Judge: Sendable {
    private let truth: Truth
    /// The line that each thread of the program stands for; nobody's for one that is not declared.
    private let lines: [Int32: TruthThread]

    public init(truth: Truth, lines: [Int32: TruthThread]) {
        self.truth = truth
        self.lines = lines
    }

    /// Under which rules what is stuck in a program of the class counts as found: the rule of its name, and those that
    /// say the same of it with fewer words. Where nothing declares how many of whom are needed, or what a wait is for,
    /// all that can be said is that nobody will come any more.
    static func rules(for class: Truth.Class) -> Set<String> {
        let more: [String] =
            switch `class` {
            case .deadWait:
                // A circle that goes over a lock and a join names more than the missing signal does.
                [
                    "lost-wakeup", "quorum-short", "promise-abandoned", "semaphore-starved", "deadlock-cycle",
                    "blocked-outside",
                ]
            case .quorumShort: ["dead-wait", "barrier-short", "promise-abandoned"]
            case .lostWakeup, .semaphoreStarved, .poolStarved, .continuationLost, .promiseAbandoned: ["dead-wait"]
            case .barrierShort: ["dead-wait", "quorum-short"]
            case .busyLoop, .livelock: ["dead-wait", "busy-loop", "livelock"]
            case .callbackOwnQueue: ["dead-wait", "self-deadlock", "deadlock-cycle", "pool-starved"]
            case .joinStuck: ["dead-wait"]
            case .selfDeadlock: ["once-re-entered", "deadlock-cycle", "dead-wait"]
            case .deadlockCycle: ["self-deadlock", "dead-wait"]
            case .orphanedLock, .holderBlocked: ["orphaned-lock", "holder-blocked"]
            case .forkChildLock, .blockedOutside, .slowButAlive, .crash, .healthy: []
            }
        return Set(more + [`class`.rawValue])
    }

    /// `report` is of the program itself, `children` are of the processes that it has forked.
    public func judge(_ report: ToolReport, children: [ToolReport] = []) -> Judgement {
        var judgement = found(report, children)
        judgement.falseSuspicions = suspicions(report)
        if truth.class != .forkChildLock { judgement.falseSuspicions += children.flatMap { suspicions($0) } }
        let errors = errors(report) + (truth.class == .forkChildLock ? [] : children.flatMap { self.errors($0) })
        if let first = errors.first {
            judgement.outcome = .wrong
            judgement.reason = first
        }
        return judgement
    }

    // MARK: What is wrong

    private func isStuck(_ tid: Int32) -> Bool { lines[tid].map { [.stuck, .victim].contains($0.verdict) } ?? false }

    private func name(_ tid: Int32) -> String { lines[tid]?.name ?? "an undeclared thread" }

    private func what(_ tid: Int32) -> String { "\(name(tid)) is \(lines[tid]?.verdict.rawValue ?? "not declared")" }

    private func errors(_ report: ToolReport) -> [String] {
        var errors: [String] = []
        for thread in report.threads {
            if ["stuck", "victim"].contains(thread.verdict), !isStuck(thread.tid) {
                errors.append("\(what(thread.tid)), not \(thread.verdict) (\(thread.reason))")
            }
            if thread.verdict == "idle", lines[thread.tid]?.verdict == .stuck {
                errors.append("\(what(thread.tid)), not idle (\(thread.reason))")
            }
        }
        for finding in report.findings where finding.isSure && !finding.isTelling {
            if finding.rule == Truth.Class.crash.rawValue, truth.class == .crash { continue }
            for tid in finding.threads + finding.victims where !isStuck(tid) {
                errors.append("\(what(tid)), and \(finding.rule) is \(finding.confidence) of it")
            }
        }
        return errors
    }

    private func suspicions(_ report: ToolReport) -> [String] {
        report.findings.filter(\.isTold).compactMap { finding in
            let fine = finding.threads.filter { !isStuck($0) }
            if finding.isTelling {
                // It is said of a healthy program that somebody is held up, and not just that it may be so.
                guard truth.class == .healthy, finding.isSure, finding.rule == "holder-blocked" else { return nil }
            } else if finding.isSure {
                return nil
            }
            return fine.isEmpty
                ? nil : "\(finding.rule) is \(finding.confidence) of \(fine.map(name).joined(separator: ", "))"
        }
    }

    // MARK: What is right

    private func found(_ report: ToolReport, _ children: [ToolReport]) -> Judgement {
        if truth.class == .healthy { return Judgement(.right) }
        let accepted = Self.rules(for: truth.class)
        if truth.class == .forkChildLock {
            let findings = children.flatMap(\.findings).filter { accepted.contains($0.rule) && $0.isTold }
            guard let best = findings.first(where: \.isSure) ?? findings.first else {
                return Judgement(.cannotTell, reason: "nothing was found in the child")
            }
            return best.isSure ? Judgement(.right) : Judgement(.suspected, reason: "suspected")
        }
        let told = report.findings.filter(\.isTold)
        let named = told.filter { accepted.contains($0.rule) }
        guard truth.threads.contains(where: { $0.verdict == .stuck }) else {
            return withoutStuckThread(named, told)
        }
        let stuck = report.threads.filter { lines[$0.tid]?.verdict == .stuck }
        // One that is found is counted with all that hold it: it may be behind another, and that is said elsewhere.
        let missed = stuck.filter { thread in !told.contains { $0.holds(thread.tid) } }
        guard !stuck.isEmpty, missed.isEmpty else {
            return Judgement(.cannotTell, reason: missedReason(missed, told))
        }
        guard named.contains(where: { finding in stuck.contains { finding.holds($0.tid) } }) else {
            return Judgement(
                .cannotTell, reason: "found as \(Set(told.map(\.rule)).sorted().joined(separator: ", ")) only")
        }
        let weak = stuck.filter { thread in !told.contains { $0.isSure && $0.holds(thread.tid) } }
        return weak.isEmpty
            ? Judgement(.right) : Judgement(.suspected, reason: "\(name(weak[0].tid)) is only suspected")
    }

    /// What is stuck is a task that no thread runs, or nothing is and something else is the matter.
    private func withoutStuckThread(_ named: [ToolReport.Finding], _ told: [ToolReport.Finding]) -> Judgement {
        if named.contains(where: \.isSure) { return Judgement(.right) }
        if !named.isEmpty { return Judgement(.suspected, reason: "suspected") }
        return Judgement(
            .cannotTell,
            reason: told.isEmpty
                ? "nothing was found" : "found as \(Set(told.map(\.rule)).sorted().joined(separator: ", ")) only")
    }

    private func missedReason(_ missed: [ToolReport.Thread], _ told: [ToolReport.Finding]) -> String {
        guard let first = missed.first else { return "no stuck thread was there" }
        let more = missed.count > 1 ? " and \(missed.count - 1) more" : ""
        return "\(name(first.tid))\(more) not found: \(first.verdict), \(first.reason)"
    }
}
