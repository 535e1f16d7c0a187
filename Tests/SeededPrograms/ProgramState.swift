import Capture
import Foundation
import ProcessModel
import Synchronization

/// A seeded program in the state that it reports as `ready`, looked at with the product's own capture.
public struct ProgramState: Sendable {
    public let snapshot: Snapshot
    /// The living threads of the snapshot, with the line of the truth that each stands for; nil for one that no line
    /// allows.
    public let threads: [(thread: ProcessModel.Thread, line: TruthThread?)]

    /// Captures are made one at a time: their debug information is large, and they are short.
    private static let capturing = Mutex(())

    init(capturing process: ProgramProcess, truth: Truth, detail: SymbolDetail = .lines) throws {
        var analysis = AnalysisOptions(detail: detail, isIsolated: false)
        analysis.debugInfo.useDebuginfod = false
        let source = LiveSource(process: ProcessID(process.identifier), analysis: analysis)
        let snapshot = try Self.capturing.withLock { _ in try source.snapshot() }
        let threads = snapshot.threads.filter { ![.zombie, .dead].contains($0.state) }
        let names = threads.map { $0.id.rawValue == process.identifier ? "main" : $0.name ?? "" }
        let match = ThreadMatch(names, truth.threads) { index, line in
            if case .contradicts = line.kind.agreement(with: threads[index].wait) { return false }
            guard let timing = line.timing, timing != .polling else { return true }
            if case .contradicts = timing.agreement(with: threads[index].wait) { return false }
            return true
        }
        self.snapshot = snapshot
        self.threads = Array(zip(threads, match.lines))
    }

    /// Starts a program, waits until its threads are as its truth says, for a few seconds at most, and looks at it. The
    /// functions in its stacks have names, but no lines.
    public init(of built: BuiltProgram, timeout: Double = 60) throws {
        let process = try ProgramProcess(built.executable, ["600"])
        try process.waitUntilReady(seconds: timeout)
        let truth = built.program.truth
        process.settle(truth)
        try self.init(capturing: process, truth: truth, detail: .names)
    }
}

extension ProgramProcess {
    /// Waits until the threads are as the truth says, for a few seconds at most: `ready` is said when the last thread is
    /// about to wait.
    func settle(_ truth: Truth) {
        let deadline = ContinuousClock().now + .seconds(3)
        while true {
            let looks = TaskLook.all(of: identifier)
            let match = ThreadMatch(looks.map(\.name), truth.threads) { index, line in
                if case .contradicts = line.kind.agreement(with: looks[index]) { false } else { true }
            }
            if match.isComplete || ContinuousClock().now >= deadline { return }
            usleep(20_000)
        }
    }
}
