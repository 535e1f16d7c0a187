import Capture
import Foundation
import LinuxProcess
import ProcessModel

/// How a run of the driver comes out.
public enum EngineOutcome: Hashable, Sendable, CustomStringConvertible {
    case ok
    /// It closed what it had opened, and said what had failed.
    case error
    case crash(signal: Int32)
    /// It does not end: so many threads, all asleep, at every look with the same stacks.
    case hang(threads: Int)
    /// It did not end in time, but its threads run or stand elsewhere at each look.
    case endless

    public var isHang: Bool { if case .hang = self { true } else { false } }
    public var isCrash: Bool { if case .crash = self { true } else { false } }

    public var description: String {
        switch self {
        case .ok: "ok"
        case .error: "clean error"
        case .crash(let signal): "crash, signal \(signal)"
        case .hang(let threads): "hang, \(threads) threads"
        case .endless: "does not end"
        }
    }
}

extension EngineRun {
    /// Waits until it has ended or stands still, so many seconds at most. One that stands still is left as it is.
    public func outcome(within seconds: TimeInterval = 60) throws -> EngineOutcome {
        let deadline = Date(timeIntervalSinceNow: seconds)
        repeat {
            switch end(within: 1) {
            case .exited(0): return .ok
            case .exited: return .error
            case .killed(let signal): return .crash(signal: signal)
            case nil:
                if let snapshot = try look(), snapshot.standsStill { return .hang(threads: snapshot.threads.count) }
            }
        } while Date() < deadline
        return .endless
    }

    /// Looks until every thread is found asleep: one that wakes up ten times a second may be met awake. Nil when the
    /// process has ended, or never rests.
    public func lookAtRest(within seconds: TimeInterval = 30) throws -> Snapshot? {
        let deadline = Date(timeIntervalSinceNow: seconds)
        repeat {
            guard let snapshot = try look() else { return nil }
            if snapshot.standsStill { return snapshot }
        } while Date() < deadline
        return nil
    }

    /// A snapshot, with what moved within 0.6 s; nil when the process has ended.
    public func look() throws -> Snapshot? {
        // Without children of its own: tests have many threads.
        var source = LiveSource(
            process: ProcessID(processIdentifier), analysis: AnalysisOptions(isIsolated: false))
        source.sampleCount = 3
        source.sampleIntervalNanoseconds = 200_000_000
        do {
            return try source.snapshot()
        } catch {
            if end(within: 1) != nil { return nil }
            throw error
        }
    }
}

extension Snapshot {
    /// Every thread sleeps in a known wait, and where it has run meanwhile, it is back there with the same stack.
    public var standsStill: Bool {
        threads.allSatisfy {
            $0.state == .sleeping && $0.wait != nil && ($0.progress == .unmoved || $0.progress == .polling)
        }
    }
}
