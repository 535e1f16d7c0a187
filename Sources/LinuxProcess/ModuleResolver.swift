import Glibc
import ProcessModel

/// Finds the ELF objects that are loaded in a process and the files that hold their code.
///
/// A module is found by its ELF header in memory, not by its path, and a file is used only when it is the one that was
/// loaded: by its build id, or, where the linker wrote none, by its program headers. Of each module the first page is
/// read from memory and from the file, nothing more.
public struct ModuleResolver: Sendable {
    /// Where the files of the modules are looked for.
    public enum Files: Sendable {
        /// Of a live process: in its mount namespace and under its root, then through `/proc/PID/map_files` (which needs
        /// CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN, proc(5)) and, for the main program, `/proc/PID/exe`.
        case process(ProcessID)
        /// Of a core: below the system root, in the debug directories' `.build-id` trees, at the path itself.
        case core(CoreOptions)
    }

    /// What was found: sorted by start, no two overlapping. Each module without a usable file has a gap.
    public struct Resolution: Sendable {
        public var modules: [Module]
        public var gaps: [Gap]
    }

    public var files: Files
    /// Gives the entry point, which tells the main program, and the place of the vDSO.
    public var auxiliaryVector: AuxiliaryVector
    /// The target's own path of its main program, where known (the link `/proc/PID/exe`).
    public var executablePath: String?

    public init(
        files: Files, auxiliaryVector: AuxiliaryVector = AuxiliaryVector(), executablePath: String? = nil
    ) {
        self.files = files
        self.auxiliaryVector = auxiliaryVector
        self.executablePath = executablePath
    }

    /// The modules among `mappings`, which must be sorted by start and free of overlaps.
    ///
    /// - Parameter memory: the target's memory. A live source must take these reads while the target runs.
    public func resolve(_ mappings: [Mapping], memory: any MemorySource) -> Resolution {
        resolveImages(mappings, memory: memory).resolution
    }

    /// As `resolve`, with the image behind each module.
    func resolveImages(
        _ mappings: [Mapping], memory: any MemorySource
    ) -> (images: [LoadedImage], resolution: Resolution) {
        var gaps: [Gap] = []
        var locator = ModuleFileLocator(files: files, executablePath: executablePath)
        var layout = ModuleLayout(mappings: mappings, memory: memory, vdso: auxiliaryVector.vdso)
        let loaded = layout.find { locator.unverifiedFile(for: $0) }
        gaps += layout.gaps
        let main = mainProgram(among: loaded)
        var modules: [Module] = []
        modules.reserveCapacity(loaded.count)
        for (index, image) in loaded.enumerated() {
            let search =
                image.isHeaderInMemory
                ? image.elf.buildID(memory: memory, loadBias: image.loadBias) : ElfImage.BuildIDSearch.unreadable
            let place: ModuleFileLocator.Place
            if image.mapping.path.hasPrefix("/") || index == main {
                place = locator.locate(image, buildID: search, isExecutable: index == main)
            } else {
                place = .init(content: nil, buildID: search.id)
            }
            modules.append(
                Module(
                    path: image.path, start: image.start, end: image.end, loadBias: image.loadBias,
                    buildID: search.id ?? place.buildID,
                    content: place.content ?? Self.memoryContent(of: image, memory: memory, reason: place.reason),
                    isExecutable: index == main))
        }
        gaps += locator.gaps
        return (loaded, Resolution(modules: modules, gaps: gaps))
    }

    /// The image in memory, if its code is readable there: a core often has the header's page only.
    private static func memoryContent(of image: LoadedImage, memory: any MemorySource, reason: String?)
        -> Module.Content
    {
        let code = image.elf.loads.first(where: \.isExecutable)
        guard let code, memory.load(Address(code.address &+ image.loadBias), as: UInt8.self) != nil else {
            return .unavailable(reason: reason ?? "its code is not in memory")
        }
        return .memory(size: image.end.distance(above: image.start))
    }

    /// The main program's index: by its entry point, else by its path, else by what only programs have.
    private func mainProgram(among images: [LoadedImage]) -> Int? {
        if let entry = auxiliaryVector.entry {
            let match = images.firstIndex { Address($0.elf.header.entry &+ $0.loadBias) == entry && $0.contains(entry) }
            if let match { return match }
        }
        if let executablePath, let match = images.firstIndex(where: { $0.mapping.path == executablePath }) {
            return match
        }
        if let match = images.firstIndex(where: { $0.elf.header.type == UInt16(ET_EXEC) }) { return match }
        // Position-independent programs lie below the region of mmap(2); libc.so has an interpreter, too, but above.
        return images.firstIndex { $0.elf.hasInterpreter }
    }
}
