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
    /// the same.
    public var hidingGaps: Int {
        let undecided = Set(threads.lazy.filter { $0.wait == nil }.map(\.id))
        return gaps.count { gap in
            switch gap.subject {
            case .thread(let id): undecided.contains(id)
            case .process, .memory, .object: true
            case .module, .file: false
            }
        }
    }

    /// The status of a command that shows the snapshot and judges nothing.
    public var completeness: ExitStatus {
        threads.isEmpty ? .noResult : hidingGaps == 0 ? .nothingStuck : .partial
    }
}
