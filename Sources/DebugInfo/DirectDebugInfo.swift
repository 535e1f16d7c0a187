import ProcessModel
import Unwinding

/// Rules and symbols read through libdw in this process.
public final class DirectDebugInfo: DebugInfoProvider {
    let session: DebugInfoSession
    let cfi: CallFrameInformation
    public init(modules: [Module], memory: any MemorySource, options: DebugInfoOptions) {
        session = DebugInfoSession(modules: modules, memory: memory, options: options)
        cfi = CallFrameInformation(modules: modules, memory: memory)
    }
    public func unwindRules(for lookups: [Address]) -> [UnwindRule?] { cfi.unwindRules(for: lookups) }
    public func callers(of frames: [FrameRegisters]) -> [FoundCaller?] { frames.map { _ in nil } }
    public func symbolize(_ lookups: [Address], detail: SymbolDetail) -> [SymbolRecord] {
        session.symbolize(lookups, detail: detail)
    }
    public func dataSymbols(_ addresses: [Address]) -> [String?] { session.dataSymbols(addresses) }
    public var gaps: [Gap] { session.gaps }
}
