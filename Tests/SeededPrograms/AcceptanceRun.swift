import Foundation
import TestSupport

/// Brings programs into their state and has the product look at each: live, in a core, and in the saved snapshot.
public struct AcceptanceRun: Sendable {
    public enum Input: String, CaseIterable, Sendable {
        /// `deadwait attach PID`.
        case live
        /// `deadwait core` of what gcore writes.
        case core
        /// `deadwait attach` of the snapshot that the live look has saved.
        case snapshot
    }

    /// One program in one build.
    public struct Result: Sendable {
        public let built: BuiltProgram
        public internal(set) var judgements: [Input: Judgement] = [:]
        /// Seconds it took.
        public internal(set) var seconds = 0.0
    }

    private struct NoReport: Error, CustomStringConvertible {
        var description: String
    }

    /// The tool's path.
    public var tool: String
    public var inputs: [Input]
    /// Where snapshots and reports stay, by variant, program and input; else they go with the run.
    public var kept: URL?
    /// The programs run with the runtime library that also records locks.
    public var withRuntime = false
    /// Maps and symbols, so that what is made for one input is there for the next.
    public var cache: String?

    public init(tool: String, inputs: [Input] = Input.allCases) {
        self.tool = tool
        self.inputs = inputs
    }

    /// One process for all inputs: what happens in it happens to all.
    public func run(_ built: BuiltProgram) -> Result {
        var result = Result(built: built)
        let start = ContinuousClock().now
        do {
            try look(at: built, &result)
        } catch {
            for input in inputs where result.judgements[input] == nil {
                result.judgements[input] = Judgement(.cannotTell, reason: "no report: \(error)")
            }
        }
        result.seconds = (ContinuousClock().now - start) / .seconds(1)
        return result
    }

    private func look(at built: BuiltProgram, _ result: inout Result) throws {
        let name = "\(built.variant)/\(built.program.language.rawValue)-\(built.program.name)"
        let temporary = FileManager.default.temporaryDirectory.appendingPathComponent("accept-\(UUID().uuidString)")
        let folder = (kept ?? temporary).appendingPathComponent(name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { if kept == nil { try? FileManager.default.removeItem(at: temporary) } }
        let environment = withRuntime ? try RuntimeLibrary.environment(locks: true, ["DEADWAIT_LOCKS": "1"]) : [:]
        let process = try ProgramProcess(built.executable, ["600"], environment: environment)
        try process.waitUntilReady(seconds: 60)
        process.settle(built.program.truth)
        let children = Self.children(of: process.identifier)
        let before = Self.lines(nil, process.identifier, built.program.truth)
        let everybody = [process.identifier] + children
        // Always there, since it says who each thread is: a core does not name them.
        let live = try everybody.map { try report($0, .live, folder, built) }
        // The look itself may have ended what it looks at: a futex call that a stop interrupts compares its word again.
        let after = Self.lines(live[0], process.identifier, built.program.truth)
        let judge = Judge(truth: built.program.truth, lines: before.merging(after) { $1 })
        for input in inputs {
            do {
                let reports = input == .live ? live : try everybody.map { try report($0, input, folder, built) }
                result.judgements[input] = judge.judge(reports[0], children: Array(reports.dropFirst()))
            } catch {
                result.judgements[input] = Judgement(.cannotTell, reason: "no report: \(error)")
            }
        }
        withExtendedLifetime(process) {}
    }

    /// The processes that its threads have forked and that are still there.
    private static func children(of process: Int32) -> [Int32] {
        TaskLook.all(of: process).flatMap { look -> [Int32] in
            let text = try? String(contentsOfFile: "/proc/\(process)/task/\(look.id)/children", encoding: .utf8)
            return (text ?? "").split(separator: " ").compactMap { Int32($0) }
        }
    }

    /// The declared line of each thread, by the kernel's names and the decoder's waits. One that goes round in a loop is
    /// not in its call at each look: the looks are repeated, and in the end its name is enough.
    private static func lines(_ report: ToolReport?, _ process: Int32, _ truth: Truth) -> [Int32: TruthThread] {
        var lines: [Int32: TruthThread] = [:]
        for attempt in 0...25 {
            let looks = TaskLook.all(of: process)
            let match = ThreadMatch(looks.map(\.name), truth.threads) { index, line in
                if attempt == 25 { return true }
                if case .contradicts = line.kind.agreement(with: looks[index]) { return false }
                guard let wait = report?.threads.first(where: { $0.tid == looks[index].id })?.wait else { return true }
                if case .contradicts = line.kind.agreement(with: wait) { return false }
                guard let timing = line.timing, timing != .polling else { return true }
                if case .contradicts = timing.agreement(with: wait) { return false }
                return true
            }
            lines = Dictionary(
                zip(looks, match.lines).compactMap { look, line in line.map { (look.id, $0) } }
            ) { first, _ in first }
            if match.isComplete { break }
            usleep(20_000)
        }
        return lines
    }

    // MARK: The tool

    private func report(_ process: Int32, _ input: Input, _ folder: URL, _ built: BuiltProgram) throws -> ToolReport {
        func path(_ ending: String) -> String { folder.appendingPathComponent("\(process).\(ending)").path }
        var words: [String]
        switch input {
        case .live:
            words = ["attach", "\(process)", "--samples", "2", "--interval", "100", "--save", path("snapshot")]
        case .snapshot:
            words = ["attach", path("snapshot")]
        case .core:
            let (status, output) = try TestSupport.run(["gcore", "-o", path("core"), "\(process)"])
            let core = "\(path("core")).\(process)"
            guard status == 0, FileManager.default.fileExists(atPath: core) else {
                throw NoReport(description: "gcore ended with status \(status): \(output.suffix(200))")
            }
            words = ["core", core, built.executable.path]
        }
        defer {
            if input == .core { try? FileManager.default.removeItem(atPath: "\(path("core")).\(process)") }
        }
        words += ["--format", "json", "--output", path("\(input.rawValue).json")]
        let settings = ["DEBUGINFOD_URLS="] + (cache.map { ["XDG_CACHE_HOME=\($0)"] } ?? [])
        let (status, output) = try TestSupport.run(settings + ["timeout", "120", tool] + words)
        guard (0...2).contains(status) else {
            throw NoReport(
                description: "deadwait \(words[0]) of the \(input.rawValue) ended with status \(status): "
                    + "\(output.suffix(200))")
        }
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path("\(input.rawValue).json")))
        return try JSONDecoder().decode(ToolReport.self, from: bytes)
    }
}
