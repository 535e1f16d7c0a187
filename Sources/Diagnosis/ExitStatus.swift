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
