import Glibc
import SystemPackage

/// A database, the processes that write to it, and what must be in it.
struct RecoveryTrial {
    let folder: FilePath
    let seed: UInt64
    let writingMilliseconds: Int
    let preload: String?
    let afterKill: String?

    /// A kill at a moment of one run: before the database is open, or so long after it was.
    private enum Moment {
        case opening(Duration)
        case writing(Duration)
    }

    /// How long a child may take for what it is waited for.
    private static let patience = Duration.seconds(60)

    /// What is not as it must be; nil when all is.
    func run(kills: Int, _ figures: inout RecoveryFigures) throws(ToolError) -> String? {
        let start = ContinuousClock.now
        var model = LedgerModel(Ledger(seed: seed))
        var random = RandomSequence(seed, 3)
        defer {
            figures.took = start.duration(to: .now)
            figures.acknowledged = model.acknowledgements
            figures.unacknowledged = model.unacknowledged
        }
        for number in 0..<kills {
            let isOpening = Int.random(in: 0..<4, using: &random) == 0
            let typical = figures.recoveryMicroseconds.last ?? 10_000
            let moment: Moment =
                isOpening
                ? .opening(.microseconds(Int64.random(in: 0...Int64(clamping: typical), using: &random)))
                : .writing(.microseconds(Int64.random(in: 0...Int64(writingMilliseconds) * 1000, using: &random)))
            if let wrong = try oneRun(number, moment, &model, &figures) { return "kill \(number + 1): \(wrong)" }
            figures.kills += 1
            try afterKill(number)
        }
        // What the last kill left, and what a close leaves.
        for number in [kills, kills + 1] {
            if let wrong = try oneRun(number, nil, &model, &figures) { return "after the last kill: \(wrong)" }
        }
        return nil
    }

    /// Starts a child, checks what it finds, lets it write, and kills it; without a moment it only tells and closes.
    private func oneRun(
        _ number: Int, _ moment: Moment?, _ model: inout LedgerModel, _ figures: inout RecoveryFigures
    ) throws(ToolError) -> String? {
        var run = LedgerRun(model)
        var child = try start(number, onlyTell: moment == nil)
        var deadline = ContinuousClock.now + Self.patience
        while !child.hasEnded && ContinuousClock.now < deadline {
            let messages = try child.messages(until: deadline)
            for message in messages {
                run.take(message)
                switch (message, moment) {
                case (.opening, .opening(let delay)), (.complete, .writing(let delay)): deadline = .now + delay
                default: break
                }
            }
        }
        if moment == nil {
            guard child.hasEnded else { return "it did not come to its end" }
            let (messages, status) = try child.ended()
            for message in messages { run.take(message) }
            if status != 0 { run.wrong = run.wrong ?? "it ended with status \(status)" }
        } else {
            let hadEnded = child.hasEnded
            for message in try child.killed() { run.take(message) }
            if hadEnded { run.wrong = run.wrong ?? "the child ended by itself" }
            if case .writing = moment, !run.isComplete { run.wrong = run.wrong ?? "the database did not open" }
        }
        if run.isComplete {
            // The very first open recovers nothing.
            if number > 0 { figures.recoveries += 1 }
            if let microseconds = run.openMicroseconds { figures.recoveryMicroseconds.append(microseconds) }
        } else {
            figures.killsWhileOpening += 1
        }
        model = run.model
        return run.wrong
    }

    private func start(_ number: Int, onlyTell: Bool) throws(ToolError) -> WritingChild {
        var arguments = [
            "recover-writer", "--folder", folder.string, "--seed", String(seed), "--number", String(number),
        ]
        arguments += ["--parent", String(getpid())]
        if onlyTell { arguments.append("--only-tell") }
        return try WritingChild(arguments, environment: preload.map { ["LD_PRELOAD=\($0)"] } ?? [])
    }

    private func afterKill(_ number: Int) throws(ToolError) {
        guard let afterKill else { return }
        let arguments = [afterKill, folder.string, String(seed &+ UInt64(number))]
        let status = ChildProcess.wait(for: try ChildProcess.spawn(afterKill, arguments))
        guard status == 0 else { throw .notReached(what: "the end of \(afterKill) with status 0") }
    }
}

/// What one child has told so far, held against the model.
private struct LedgerRun {
    var model: LedgerModel
    var wrong: String?
    private(set) var isComplete = false
    private(set) var openMicroseconds: UInt64?
    private var contents = LedgerModel.Contents()

    init(_ model: LedgerModel) { self.model = model }

    mutating func take(_ message: WriterMessage) {
        switch message {
        case .opening: break
        case .opened(let microseconds): openMicroseconds = microseconds
        case .row(let table, let key, let value):
            if contents.rows.indices.contains(Int(table)) {
                contents.rows[Int(table)][key] = value
            } else {
                contents.accounts[key] = value
            }
        case .complete:
            isComplete = true
            note(model.check(contents))
            model.runBegins()
        case .acknowledged(let writer, let number): note(model.acknowledge(Int(writer), number))
        case .wrong(let text): note(text)
        }
    }

    /// The first thing that is wrong is the one to tell.
    private mutating func note(_ text: String?) { wrong = wrong ?? text }
}
