import ProcessModel

/// What a command's exit status says.
public enum ExitStatus: Int32, Hashable, Sendable, CaseIterable {
    /// All of the process was seen, and nothing in it is stuck.
    case nothingStuck = 0
    /// There is a finding that is at least suspected.
    case finding = 1
    /// No finding, but something that could hide one was not seen.
    case partial = 2
    /// Nothing could be found out.
    case noResult = 3
    /// The command line was wrong (EX_USAGE of sysexits.h).
    case usage = 64
}

extension Snapshot {
    /// Gaps that could hide something of a thread.
    ///
    /// Missing names and lines cannot, nor can a gap about a thread that has exited meanwhile or whose wait was told all
    /// the same, nor one about an object that no thread rests on.
    public var hidingGaps: Int {
        let undecided = Set(threads.lazy.filter { $0.wait == nil }.map(\.id))
        // An object that only threads in motion were seen to wait for was looked at while they changed it.
        let waiters = threads.lazy.filter { $0.progress != .moving && $0.progress != .running }
        let waitedFor = Set(waiters.flatMap { [$0.wait?.object, $0.wait?.mutex].compactMap(\.self) })
        return gaps.count { gap in
            switch gap.subject {
            case .thread(let id): undecided.contains(id)
            case .object(let id): waitedFor.contains(id)
            case .process, .memory: true
            case .module, .file: false
            }
        }
    }

    /// The status of a command that shows the snapshot and judges nothing.
    public var completeness: ExitStatus {
        threads.isEmpty ? .noResult : hidingGaps == 0 ? .nothingStuck : .partial
    }
}
