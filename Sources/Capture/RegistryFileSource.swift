import DebugInfo
import LinuxProcess
import ProcessModel
import Registry

/// A registry file (DEADWAIT_REGISTRY) by itself, of a process that has ended or that still runs.
///
/// There is no memory and no list of threads: the snapshot has the registry alone, and the modules that it names.
public struct RegistryFileSource: SnapshotSource {
    public var path: String
    /// Where the files that the addresses belong to are.
    public var core: CoreOptions
    /// How addresses are named.
    public var analysis: AnalysisOptions

    public init(path: String, core: CoreOptions = CoreOptions(), analysis: AnalysisOptions = AnalysisOptions()) {
        self.path = path
        self.core = core
        self.analysis = analysis
    }

    /// Throws when the file is no registry or its header cannot be believed; what is missing of its records is in the
    /// registry's gaps.
    public func snapshot() throws(RegistryError) -> Snapshot {
        var clock = StepClock()
        let file = try RegistryFileMemory(path: path)
        // While its process has it mapped, that one's clock is ours and its records change.
        let owner = try RegistryReader(memory: file, isLive: false).owner(of: file.place)
        let isLive = MappedFile.isShared(inode: file.inode, by: owner)
        var record = try RegistryReader(memory: file, isLive: isLive).read(file.place, of: nil)
        clock.lap("read the registry")
        let modules = modules(of: record)
        let provider: any DebugInfoProvider =
            analysis.isIsolated
            ? IsolatedDebugInfo(modules: modules, memory: NoMemory(), options: analysis.debugInfo)
            : DirectDebugInfo(modules: modules, memory: NoMemory(), options: analysis.debugInfo)
        var names = RegistryNames(record)
        names.name(provider.symbolize(names.lookups, detail: analysis.detail))
        record.frames = names.frames
        clock.lap("symbolize")
        let program = modules.first(where: \.isExecutable)
        var gaps: [Gap] = []
        for module in modules {
            if case .unavailable(let reason) = module.content {
                gaps.append(
                    Gap(
                        .module(module.path), operation: "find the module's file", reason: reason,
                        help: "Give the files of the machine that wrote the registry with --sysroot, --exe, or "
                            + "--debug-dir (a directory with a .build-id tree)."))
            }
        }
        gaps += provider.gaps.filter { gap in !gaps.contains { $0.subject == gap.subject } }
        return Snapshot(
            process: ProcessInfo(
                id: record.process, executable: program?.path, buildID: program?.buildID, commandLine: [],
                source: .registry),
            modules: modules, registry: record, gaps: gaps,
            timing: CaptureTiming(mode: "registry", steps: clock.steps))
    }

    /// The modules that the registry names, free of overlaps. The first that is no shared object by its name is taken
    /// for the program, which is mapped below all others unless it is told to be elsewhere.
    private func modules(of record: RegistryRecord) -> [Module] {
        var modules: [Module] = []
        for module in record.modules where modules.last.map({ $0.end <= module.start }) ?? true {
            let isProgram =
                !modules.contains(where: \.isExecutable) && !module.path.contains(".so") && module.path.hasPrefix("/")
            var options = core
            if !isProgram { options.executable = nil }
            modules.append(
                Module(
                    path: module.path, start: module.start, end: module.end, loadBias: module.loadBias,
                    buildID: module.buildID,
                    content: NamedModule.content(path: module.path, buildID: module.buildID, options: options),
                    isExecutable: isProgram))
        }
        return modules
    }
}

/// The memory of a process that is not there.
private final class NoMemory: MemorySource {
    func read(_ address: Address, into buffer: UnsafeMutableRawBufferPointer) -> Int { 0 }
}
