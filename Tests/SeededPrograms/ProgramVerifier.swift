import Foundation
import ProcessModel

/// Holds a built program against its own truth.
///
/// Two processes: one that is asked to end after a second, and does so or not; and one whose state lasts, in which the
/// threads are looked at by the kernel's files, by the product's own capture, and again some time later.
public struct ProgramVerifier: Sendable {
    /// How long after `ready` a program with a stuck thread must still be there, seconds.
    public var patience = 5.0
    /// Until `ready`, and until a healthy program has ended; generous, since the machine may be busy.
    public var timeout = 60.0
    /// Between the two looks at the threads, seconds.
    public var interval = 1.5

    public init() {}

    public func verify(_ built: BuiltProgram) -> Verification {
        var verification = Verification(program: built.program, variant: built.variant)
        let start = ContinuousClock().now
        do {
            let ending = try ProgramProcess(built.executable, ["1"])
            let lasting = try ProgramProcess(built.executable, ["600"])
            try ending.waitUntilReady(seconds: timeout)
            let ready = ContinuousClock().now
            try lasting.waitUntilReady(seconds: timeout)
            checkState(of: lasting, &verification)
            try checkEnd(of: ending, readySince: ready, &verification)
        } catch {
            verification.violations.append("\(error)")
        }
        checkReleases(&verification)
        for task in built.program.truth.tasks {
            verification.unchecked.append("task \(task.name): no thread runs it")
        }
        verification.seconds = (ContinuousClock().now - start) / .seconds(1)
        return verification
    }

    private func checkEnd(
        of process: ProgramProcess, readySince ready: ContinuousClock.Instant, _ verification: inout Verification
    ) throws {
        let truth = verification.program.truth
        if truth.hasStuck {
            let end = try process.waitForEnd(until: ready + .seconds(patience))
            verification.expect(end == nil, "has a stuck thread and \(end.map(String.init(describing:)) ?? "")")
        } else if truth.class == .healthy {
            let end = try process.waitForEnd(until: ready + .seconds(1 + timeout))
            verification.expect(
                end == .exited(0),
                "is healthy and \(end.map(String.init(describing:)) ?? "did not end"): \(process.output)")
        } else {
            verification.unchecked.append("whether it ends: a \(truth.class.rawValue) may or may not")
        }
    }

    private func checkState(of process: ProgramProcess, _ verification: inout Verification) {
        guard let before = settle(process, &verification) else { return }
        usleep(UInt32(interval * 1_000_000))
        guard let after = settle(process, &verification) else {
            verification.violations.append("has left its state \(interval) s later")
            return
        }
        compare(before.looks, after.looks, after.match, &verification)
        // Last, since the capture stops some threads for a moment, which then have run.
        checkSnapshot(of: process, &verification)
    }

    /// The threads as soon as they are as declared; nil, and the violations, when they do not get there. `ready` is said
    /// when the last thread is about to wait, and on a busy machine that takes its time.
    private func settle(
        _ process: ProgramProcess, _ verification: inout Verification
    ) -> (looks: [TaskLook], match: ThreadMatch)? {
        let deadline = ContinuousClock().now + .seconds(3)
        while true {
            let looks = TaskLook.all(of: process.identifier)
            let match = ThreadMatch(looks.map(\.name), verification.program.truth.threads) { index, line in
                if case .contradicts = line.kind.agreement(with: looks[index]) { false } else { true }
            }
            guard match.isComplete || ContinuousClock().now >= deadline else {
                usleep(20_000)
                continue
            }
            report(match, looks, &verification)
            return match.isComplete ? (looks, match) : nil
        }
    }

    private func report(_ match: ThreadMatch, _ looks: [TaskLook], _ verification: inout Verification) {
        for (look, line) in zip(looks, match.lines) {
            if let line {
                verification.note(line.kind.agreement(with: look), "thread \(look.name)")
                continue
            }
            let declared = verification.program.truth.threads.filter { $0.name == look.name }
            let why = declared.lazy.compactMap { line in
                if case .contradicts(let what) = line.kind.agreement(with: look) { what } else { nil }
            }.first
            verification.violations.append(
                declared.isEmpty
                    ? "thread \(look.name) is there and not declared"
                    : "thread \(look.name) \(why ?? "is there more often than declared")")
        }
        for line in match.absent {
            verification.violations.append("thread \(line.name): \(line.kind.rawValue) is missing")
        }
    }

    /// Whether who cannot go on has not run, and who is on a CPU has.
    private func compare(
        _ before: [TaskLook], _ after: [TaskLook], _ match: ThreadMatch, _ verification: inout Verification
    ) {
        for (look, line) in zip(after, match.lines) {
            guard let line, let old = before.first(where: { $0.id == look.id }) else { continue }
            if [.spin, .running].contains(line.kind) {
                // A hundredth is little even on a busy machine, and much for one who only goes to sleep at `ready`.
                let least = line.timing == .polling ? 1 : UInt64(interval * 10_000_000)
                verification.expect(
                    look.cpuNanoseconds >= old.cpuNanoseconds + least,
                    "thread \(look.name) has not run in \(interval) s")
            } else if [.stuck, .victim].contains(line.verdict), line.timing == .untimed {
                verification.expect(look.runs == old.runs, "thread \(look.name) has run, where it is stuck untimed")
            }
        }
    }
}

extension ProgramVerifier {
    /// What the product's own capture and decoder make of the threads.
    private func checkSnapshot(of process: ProgramProcess, _ verification: inout Verification) {
        let state: ProgramState
        do {
            state = try ProgramState(capturing: process, truth: verification.program.truth)
        } catch {
            verification.violations.append("cannot be captured: \(error)")
            return
        }
        let snapshot = state.snapshot
        for (thread, line) in state.threads {
            let name = thread.id.rawValue == process.identifier ? "main" : thread.name ?? ""
            guard let line else {
                let waits = thread.wait.map { "\($0.kind.rawValue), timed \($0.isTimed.map(String.init) ?? "unknown")" }
                verification.violations.append("thread \(name) by the decoder: \(waits ?? "no wait"); not as declared")
                continue
            }
            verification.note(line.kind.agreement(with: thread.wait), "thread \(name)")
            if let timing = line.timing { verification.note(timing.agreement(with: thread.wait), "thread \(name)") }
            if let object = line.object { check(object, thread, name, snapshot, &verification) }
        }
        checkStartRoutines(in: snapshot, &verification)
    }

    /// Whether the symbol of what a thread waits for is the variable with which the declared object begins.
    private func check(
        _ object: String, _ thread: ProcessModel.Thread, _ name: String, _ snapshot: Snapshot,
        _ verification: inout Verification
    ) {
        guard let symbol = thread.wait?.object.flatMap({ snapshot.object($0)?.symbol }) else {
            verification.unchecked.append("thread \(name): that it waits for \(object): no symbol there")
            return
        }
        // "pool+0x40", "(anonymous namespace)::pool", "state.0" of a static variable of a function.
        let root = symbol.split(separator: "+")[0].components(separatedBy: "::").last?.split(separator: ".").first
        let words = object.split { !($0.isLetter || $0.isNumber || $0 == "_") }
        verification.expect(
            root.map { words.contains($0) } ?? false, "thread \(name) waits for \(symbol), where \(object) is declared")
    }

    /// Nobody may stand in a function that has only threads which do not exist.
    private func checkStartRoutines(in snapshot: Snapshot, _ verification: inout Verification) {
        let standing = Set(
            snapshot.threads.flatMap { snapshot.frames(of: $0).flatMap(\.source) }.compactMap(\.function)
                .map(Self.lastName))
        let candidates = verification.program.truth.releases.flatMap(\.candidates)
        for (function, all) in Dictionary(grouping: candidates, by: { $0.function.map(Self.lastName) ?? "" })
        where all.allSatisfy({ [.neverCreated, .creationFailed, .exited].contains($0.status) }) {
            verification.expect(
                !standing.contains(function), "a thread is in \(function), which nobody reaches by its truth")
        }
    }

    /// Whether the functions that the releases name are in the source.
    private func checkReleases(_ verification: inout Verification) {
        let texts = verification.program.inputs.compactMap { try? String(contentsOfFile: $0, encoding: .utf8) }
        let code = texts.map { $0.components(separatedBy: "*/").dropFirst().joined() }.joined()
        for candidate in verification.program.truth.releases.flatMap(\.candidates) {
            guard let function = candidate.function, candidate.status != .nobody else { continue }
            verification.expect(
                code.contains(Self.lastName(function)), "names \(function), which is not in its source")
        }
    }

    /// `run` of `Pool::run`, `Pool.run` and `Pool::run(int) const`.
    private static func lastName(_ function: String) -> String {
        let path = function.prefix { $0 != "(" && $0 != "<" }
        return path.split(whereSeparator: { ":. ".contains($0) }).last.map(String.init) ?? function
    }
}
