import ArgumentParser
import Deadwait

/// The snapshot that a command works on, captured or loaded.
struct LoadedSnapshot {
    var snapshot: Snapshot
    /// It comes from a file that `--save` wrote.
    var wasSaved: Bool

    /// With `wantsRegistry` a registry file is taken, too, and the target's memory is searched for one. With
    /// `wantsErrors` the stacks are searched for variables that hold an error.
    init(
        _ target: TargetArgument, capture: CaptureArguments, symbols: SymbolArguments, isVerbose: Bool,
        wantsRegistry: Bool = false, wantsErrors: Bool = false
    ) throws {
        var analysis = AnalysisOptions(detail: symbols.detail)
        analysis.verifiesUnwind = symbols.verifyUnwind
        analysis.debugInfo.debugDirectories = symbols.debugDirectories
        analysis.debugInfo.sysroot = symbols.sysroot
        analysis.debugInfo.cacheDirectory = symbols.noCache ? nil : DebugInfoOptions.defaultCacheDirectory
        analysis.listsHeldRobustMutexes = isVerbose
        analysis.scansForRegistry = wantsRegistry
        analysis.readsErrors = wantsErrors
        wasSaved = false
        switch target {
        case .process(let process):
            if symbols.exe != nil { Terminal.warn("EXE is not used: which program \(process) runs is known.") }
            var source = LiveSource(process: process, capture: capture.options, analysis: analysis)
            source.sampleCount = capture.samples
            source.sampleIntervalNanoseconds = UInt64(capture.interval) * 1_000_000
            snapshot = try Self.take(source)
        case .file(let path):
            if let saved = try Self.loadIfSaved(path) {
                snapshot = saved
                wasSaved = true
                return
            }
            var core = CoreOptions()
            core.executable = symbols.exe
            core.sysroot = symbols.sysroot
            core.debugDirectories = symbols.debugDirectories
            if RegistryFileMemory.looksLikeRegistry(path) {
                guard wantsRegistry else {
                    throw CommandFailure(
                        reason: "\(path) is a registry file, neither a core nor a saved snapshot.",
                        help: "`deadwait registry \(path)` shows it.")
                }
                snapshot = try Self.take(RegistryFileSource(path: path, core: core, analysis: analysis))
                return
            }
            snapshot = try Self.take(CoreSource(path: path, core: core, analysis: analysis))
        }
    }

    private static func take(_ source: some SnapshotSource) throws(CommandFailure) -> Snapshot {
        do {
            return try source.snapshot()
        } catch let error as LinuxProcessError {
            throw CommandFailure(error)
        } catch let error as RegistryError {
            throw CommandFailure(error)
        } catch {
            throw CommandFailure(reason: "\(error)")
        }
    }

    /// Nil when the file does not begin as a saved snapshot does.
    private static func loadIfSaved(_ path: String) throws(CommandFailure) -> Snapshot? {
        do {
            return try SnapshotFile.isSnapshot(path) ? try SnapshotFile.load(from: path) : nil
        } catch {
            throw CommandFailure(error)
        }
    }
}
