import ProcessModel
import Unwinding

/// Answers everything that is asked of a process's ELF and DWARF data. Conformers: `DirectDebugInfo`, in this
/// process, and `IsolatedDebugInfo`, the same in child processes with limits.
///
/// Answers stand in the order of the questions. What cannot be answered is nil or an empty record, and the reason is
/// in `gaps`, once a module.
public protocol DebugInfoProvider: UnwindRuleSource, CallerFinder {
    /// `lookups` are instructions: the caller has subtracted one from return addresses.
    func symbolize(_ lookups: [Address], detail: SymbolDetail) -> [SymbolRecord]

    /// The data symbol at or around each address: "g_lock", "g_table+0x40".
    func dataSymbols(_ addresses: [Address]) -> [String?]

    /// The variables and parameters of integer type that are in scope at each instruction and have a place there, by
    /// DWARF; those of inlined functions by themselves. Empty without debug information.
    func integerVariables(at lookups: [Address]) -> [[FrameVariable]]

    /// Each thread's stack as libunwind alone sees it, for `--verify-unwind`; nil where it could not be asked.
    func libunwindWalks(of threads: [RegisterSet]) -> [LibunwindWalk?]

    /// What could not be opened or read so far, sorted by module.
    var gaps: [Gap] { get }
}
