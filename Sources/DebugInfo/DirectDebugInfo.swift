import ProcessModel
import Unwinding

/// All that is asked of a process's ELF and DWARF data, answered in this process: symbols and lines by our own parsers,
/// unwind rules by libdw, the second opinion by libunwind.
///
/// The two libraries may crash on hostile files; for files and cores of unknown origin use `IsolatedDebugInfo`, whose
/// children run this class. For one thread at a time.
public final class DirectDebugInfo: DebugInfoProvider {
    private let modules: [Module]
    private let session: DebugInfoSession
    private let frames: CallFrameInformation
    private let libunwind: LibunwindUnwinder

    /// `modules` sorted by start; records refer to them by index.
    public init(modules: [Module], memory: any MemorySource, options: DebugInfoOptions = DebugInfoOptions()) {
        self.modules = modules
        session = DebugInfoSession(modules: modules, memory: memory, options: options)
        let locator = DebugFileLocator(options: options)
        frames = CallFrameInformation(
            modules: modules,
            open: { index throws(DebugInfoError) in try ElfFile.open(modules[index], memory: memory) },
            debugFile: { index in Self.debugFile(of: modules[index], locator) })
        libunwind = LibunwindUnwinder(modules: modules, memory: memory)
    }

    /// Opens what unwind rules of a module are read from, before the first is asked for.
    func openTables(of module: Int) { frames.open(module) }

    /// Opens what symbols of a module are read from.
    func openSymbols(of module: Int) { session.open(module) }

    public func unwindRules(for lookups: [Address]) -> [UnwindRule?] { frames.unwindRules(for: lookups) }

    public func symbolize(_ lookups: [Address], detail: SymbolDetail) -> [SymbolRecord] {
        session.symbolize(lookups, detail: detail)
    }

    public func dataSymbols(_ addresses: [Address]) -> [String?] { session.dataSymbols(addresses) }

    public func integerVariables(at lookups: [Address]) -> [[FrameVariable]] {
        session.integerVariables(at: lookups)
    }

    public func callers(of frames: [FrameRegisters]) -> [FoundCaller?] { libunwind.callers(of: frames) }

    public func libunwindWalks(of threads: [RegisterSet]) -> [LibunwindWalk?] { threads.map { libunwind.walk($0) } }

    public var gaps: [Gap] {
        let failures = frames.failures.sorted { $0.key < $1.key }.map { index, error in
            Gap(
                .module(modules[index].path), operation: "read the unwind tables", reason: error.description,
                help: error.help)
        }
        return failures + session.gaps
    }

    /// The separate debug file of a module, when it has unwind tables of its own.
    private static func debugFile(of module: Module, _ locator: DebugFileLocator) -> ElfFile? {
        var file: ObjectFile?
        if case .file(let path) = module.content { file = locator.open(path) }
        guard let found = locator.debugFile(for: module, file: file) else { return nil }
        // A file that libelf refuses has been read by our own parser: the session reports what is wrong with it.
        do throws(DebugInfoError) { return try ElfFile(path: found.path) } catch { return nil }
    }
}
