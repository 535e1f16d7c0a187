import Glibc
import ProcessModel

/// A core: opened, unpacked if it was compressed, and read into a picture of the process.
///
/// Kernel cores, gcore's, and what systemd-coredump keeps of them (gzip, zstd, xz, lz4). A core that was cut short or
/// damaged gives what is there, with gaps that say what is missing. Headers and notes are read in one pass, memory when
/// it is asked for. Not for use from two threads at once.
public final class CoreFile {
    public let path: String
    private let options: CoreOptions
    private let file: ReadOnlyFile
    private let layout: CoreLayout
    private let notes: CoreNotes
    private let steps: [CaptureTiming.Step]
    private let unpackingGaps: [Gap]

    /// Opens a core and reads its headers and notes.
    ///
    /// - Throws: `systemCall` when it cannot be opened; `notACore`, `unsupportedArchitecture`, `unknownCompression` and
    ///   `malformed` when it is something else; `unpacking` when there is no room for what it holds.
    public convenience init(path: String, options: CoreOptions = CoreOptions()) throws(LinuxProcessError) {
        var clock = StepClock()
        let packed = try ReadOnlyFile(path: path)
        let unpacked = try CompressedFile.unpacked(packed, path: path, options: options)
        if unpacked.wasCompressed { clock.lap("unpack") }
        try self.init(unpacked.file, path: path, options: options, gaps: unpacked.gaps, clock: clock)
    }

    /// A core that is only bytes of ours, never compressed: for fuzzing and for tests that lay out their input by hand.
    package convenience init(
        bytes: [UInt8], options: CoreOptions = CoreOptions()
    ) throws(LinuxProcessError) {
        try self.init(
            ReadOnlyFile(bytes: bytes), path: "core", options: options, gaps: [], clock: StepClock())
    }

    private init(
        _ file: ReadOnlyFile, path: String, options: CoreOptions, gaps: [Gap], clock: StepClock
    ) throws(LinuxProcessError) {
        var clock = clock
        self.path = path
        self.options = options
        self.file = file
        layout = try CoreLayout(file: file, path: path)
        notes = CoreNotes(layout: layout, file: file, path: path)
        unpackingGaps = gaps
        clock.lap("headers and notes")
        steps = clock.steps
    }

    /// The picture of the process. Its memory reads from this core and from the files of the modules.
    ///
    /// Threads are in the order of the core: the one that crashed comes first. Their names are not in a core.
    ///
    /// - Throws: `malformed` when the core has neither a thread nor any memory.
    public func image() throws(LinuxProcessError) -> ProcessImage {
        var clock = StepClock()
        var gaps = unpackingGaps + layout.gaps + notes.gaps
        guard !notes.threads.isEmpty || layout.segments.contains(where: { $0.available > 0 }) else {
            throw .malformed(
                path: path, operation: "read the core",
                reason: "holds no thread and no memory (\(file.size) bytes, \(layout.promisedSize) promised)")
        }
        let memory = CoreMemory(core: file, segments: layout.segments)
        var mappings = layout.mappings(files: notes.files, vdso: notes.auxiliaryVector.vdso)
        let resolver = ModuleResolver(
            files: .core(options), auxiliaryVector: notes.auxiliaryVector,
            executablePath: notes.auxiliaryVector.executablePath.flatMap { memory.string($0) })
        let (images, modules) = resolver.resolveImages(mappings, memory: memory)
        gaps += modules.gaps
        layout.setPermissions(&mappings, images: images)
        let (regions, paths) = Self.backing(images, modules: modules.modules, mappings: mappings)
        memory.setBacking(regions, paths: paths)
        clock.lap("modules")
        let main = modules.modules.first { $0.isExecutable }
        let process = ProcessInfo(
            id: notes.process?.id ?? notes.threads.first.map { ProcessID($0.id.rawValue) },
            executable: main?.path ?? resolver.executablePath, buildID: main?.buildID,
            commandLine: commandLine(memory), source: .core)
        let threads = notes.threads.map { thread in
            let image = self.image(of: thread, memory: memory)
            if image.stackEnd == nil { gaps.append(stackGap(thread)) }
            return image
        }
        clock.lap("threads")
        return ProcessImage(
            process: process, threads: threads, mappings: mappings, modules: modules.modules, memory: memory,
            crash: crash, gaps: gaps, timing: CaptureTiming(mode: "core", steps: steps + clock.steps))
    }

    private func image(of core: CoreThread, memory: CoreMemory) -> ThreadImage {
        let call = core.systemCall?.withoutRestart(pc: core.registers.programCounter, memory: memory)
        let thread = Thread(
            id: core.id, state: call == nil ? .running : .sleeping,
            instant: Instant(start: 0, end: 0, proof: .core), registers: core.registers, systemCall: call)
        return ThreadImage(
            thread: thread, stackEnd: core.registers.stackPointer.flatMap { memory.dumpedEnd(around: $0) },
            threadPointer: core.threadPointer)
    }

    private func stackGap(_ thread: CoreThread) -> Gap {
        let pointer = thread.registers.stackPointer ?? Address(0)
        let segment = layout.segment(holding: pointer)
        let reason =
            switch segment {
            case nil: "its stack pointer \(pointer) is in no segment of the core"
            case let segment? where segment.promised == 0: "its stack at \(pointer) was left out of the core"
            default: "its stack at \(pointer) lies behind the end of the cut core"
            }
        return Gap(.thread(thread.id), operation: "read the stack", reason: reason)
    }

    private func commandLine(_ memory: CoreMemory) -> [String] {
        if let arguments = notes.auxiliaryVector.commandLine(memory: memory), !arguments.isEmpty { return arguments }
        guard let process = notes.process else { return [] }
        let words = process.arguments.split(separator: " ").map(String.init)
        return words.isEmpty && !process.name.isEmpty ? [process.name] : words
    }

    /// The signals whose default action is to write a core (signal(7)). In a core that gcore took of a live process a
    /// thread may show SIGSTOP or none.
    private static let coreSignals: Set<Int32> = [
        SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS,
    ]

    private var crash: Crash? {
        guard let thread = notes.threads.first(where: { $0.signal != 0 }),
            let signal = Int32(exactly: thread.signal), Self.coreSignals.contains(signal)
        else { return nil }
        let information = thread.signalInformation.flatMap { $0.signal == thread.signal ? $0 : nil }
        return Crash(
            signal: thread.signal, code: information?.code, faultAddress: information?.faultAddress,
            sender: information?.sender, thread: thread.id)
    }

    /// The pages of modules' files that may stand for what was left out of the core: mapped without write permission, and
    /// of a segment that was never writable (relocations write to the others before they are protected).
    private static func backing(
        _ images: [LoadedImage], modules: [Module], mappings: [Mapping]
    ) -> (regions: [CoreMemory.Region], paths: [String]) {
        var regions: [CoreMemory.Region] = []
        var paths: [String] = []
        var next = 0
        for (image, module) in zip(images, modules) {
            guard case .file(let path) = module.content else { continue }
            while next < mappings.count, mappings[next].end <= image.start { next += 1 }
            let loads = image.elf.loads.filter { $0.flags & 2 == 0 }
            while next < mappings.count, mappings[next].start < image.end {
                let mapping = mappings[next]
                next += 1
                guard mapping.isSameFile(as: image.mapping), !mapping.permissions.contains(.write) else { continue }
                for load in loads {
                    let start = load.address &+ image.loadBias
                    let low = max(mapping.start, Address(start.pageStart))
                    guard let end = start.sum(load.fileSize), low < min(mapping.end, Address(end)),
                        // Both are of the same page when the segment begins within one.
                        let offset = load.offset.pageStart.sum(low.distance(above: Address(start.pageStart)))
                    else { continue }
                    regions.append(
                        CoreMemory.Region(
                            start: low, end: min(mapping.end, Address(end)), offset: offset, file: paths.count))
                }
            }
            paths.append(path)
        }
        return (regions, paths)
    }
}
