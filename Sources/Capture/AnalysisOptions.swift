import DebugInfo
import ProcessModel

/// What is done with a captured image before it becomes a snapshot.
public struct AnalysisOptions: Sendable {
    /// How much is found out about each frame.
    public var detail: SymbolDetail
    /// Where debug information is looked for, and where answers are kept.
    public var debugInfo: DebugInfoOptions
    /// Read ELF and DWARF in forked children with limits, so that a damaged file costs its own symbols only. Must be
    /// false in a process that has more than one thread, since the children are forked.
    public var isIsolated: Bool
    /// Walk each stack with libunwind, too, and report where the two walks differ.
    public var verifiesUnwind: Bool
    /// Lists the robust mutexes that threads hold, waited for or not: a system call and a read for each thread of a
    /// live process.
    public var listsHeldRobustMutexes = false
    /// Looks for a registry by its magic number in the target's memory when no symbol leads to it. Slow, and pages of
    /// the target that were never used become mapped to the kernel's page of zeros.
    public var scansForRegistry = false
    /// Looks into the functions on the stacks of waiting threads for variables that hold an error.
    public var readsErrors = false
    /// The longest stack, in frames.
    public var frameLimit: Int

    public init(
        detail: SymbolDetail = .lines, debugInfo: DebugInfoOptions = DebugInfoOptions(), isIsolated: Bool = true,
        verifiesUnwind: Bool = false, frameLimit: Int = 512
    ) {
        self.detail = detail
        self.debugInfo = debugInfo
        self.isIsolated = isIsolated
        self.verifiesUnwind = verifiesUnwind
        self.frameLimit = frameLimit
    }
}
