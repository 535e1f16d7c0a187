import DebugInfo
import LinuxProcess
import ProcessModel
import Registry
import SyncDecode
import Unwinding

/// Makes a snapshot of a captured image: walks the stacks, decodes the waits, names the frames.
///
/// The target is not touched, but for the one thing that `complete` does. For one image; not for two threads.
struct SnapshotBuilder {
    /// As deep as a wait's primitive is looked for: the stack pointers of these frames are kept for the decoder.
    static let decodedFrames = 24

    let options: AnalysisOptions
    let provider: any DebugInfoProvider
    private(set) var image: ProcessImage
    private var table = FrameTable()
    private(set) var stackPointers: [[Address]]
    /// Whole stacks by thread, kept only where libunwind's are held against them.
    private var walkedStacks: [Int: WalkedStack] = [:]
    private var clock = StepClock()

    /// `provider` is of the image's modules; made as the options say when there is none.
    init(_ image: ProcessImage, options: AnalysisOptions, provider: (any DebugInfoProvider)? = nil) {
        self.image = image
        self.options = options
        stackPointers = Array(repeating: [], count: image.threads.count)
        self.provider =
            provider
            ?? (options.isIsolated
                ? IsolatedDebugInfo(modules: image.modules, memory: image.memory, options: options.debugInfo)
                : DirectDebugInfo(modules: image.modules, memory: image.memory, options: options.debugInfo))
    }

    /// Builds the snapshot.
    ///
    /// `complete` is given the threads whose walk misses a register, and the image to put it into; nil where nothing
    /// more can be had of a thread. `live` is the memory of a process that runs, as it is at each moment. `sample` looks at the threads again, with a way to tell their stacks apart.
    mutating func build(
        descriptors: (any KernelObjects)? = nil, live: (any MemorySource)? = nil,
        complete: ((_ threads: [ThreadID], _ image: inout ProcessImage) -> Void)? = nil,
        sample: ((_ image: inout ProcessImage, _ fingerprint: StackFingerprint) -> Void)? = nil
    ) -> Snapshot {
        // What a capture copied is of an earlier moment than what is read of a live process by now.
        let words = DeclaredWords(memory: live ?? image.memory)
        var (registry, registryGap) = readRegistry(words: words)
        if registry != nil { clock.lap("read the registry") }
        let walker = StackWalker(
            rules: provider, memory: image.memory, mappings: image.mappings, callerFinder: provider,
            frameLimit: options.frameLimit)
        let incomplete = walk(Array(image.threads.indices), walker, registersAreFinal: complete == nil)
        clock.lap("unwind")
        if let complete, !incomplete.isEmpty {
            let ids = incomplete.map { image.threads[$0].thread.id }
            // The capture tells in the image's own steps what this and the samples took.
            complete(ids, &image)
            clock.restart()
            _ = walk(incomplete, walker, registersAreFinal: true)
            clock.lap("unwind \(ids.count) threads with all registers")
        }
        if let sample {
            sample(
                &image,
                StackFingerprint(rules: provider, mappings: image.mappings, frameLimit: options.frameLimit))
            clock.restart()
        }

        dropUnusedStacks()
        var names = RegistryNames(registry)
        let lookups = table.lookups
        let records = provider.symbolize(lookups + names.lookups, detail: options.detail)
        table.name(Array(records.prefix(lookups.count)))
        names.name(records.dropFirst(lookups.count))
        clock.lap("symbolize")

        var snapshot = Snapshot(
            process: image.process, threads: image.threads.map(\.thread), modules: image.modules, frames: table.frames,
            stacks: table.stacks, crash: image.crash, gaps: image.gaps, timing: image.timing)
        decodeWaits(in: &snapshot, descriptors: descriptors)
        clock.lap("decode waits")
        if options.readsErrors {
            findErrors(in: &snapshot, walker)
            clock.lap("look for errors on the stacks")
        }
        registry?.frames = names.frames
        if var registry {
            RegistryCheck(snapshot, namespaceIDs: image.threads.map(\.namespaceID)).run(&registry)
            let first = registry
            if live != nil { words.lookAgain(at: &registry) { readRegistryAgain(first) } }
            snapshot.registry = registry
        }
        if let registryGap { snapshot.gaps.append(registryGap) }
        if options.verifiesUnwind {
            snapshot.gaps += unwindDifferences()
            clock.lap("walk with libunwind")
        }
        // A module whose file was not found can be read for nothing: told once, that is enough.
        snapshot.gaps += provider.gaps.filter { gap in
            !image.gaps.contains { $0.subject == gap.subject && gap.reason.hasSuffix($0.reason) }
        }
        snapshot.timing.steps += clock.steps
        return snapshot
    }

    /// Walks the threads of these indexes; returns those that miss a register.
    private mutating func walk(_ indexes: [Int], _ walker: StackWalker, registersAreFinal: Bool) -> [Int] {
        let walkable = indexes.filter { image.threads[$0].thread.registers.programCounter != nil }
        let noRegisters = indexes.filter { image.threads[$0].thread.registers.programCounter == nil }
        var incomplete: [Int] = registersAreFinal ? [] : noRegisters
        let registers = walkable.map { image.threads[$0].thread.registers }
        walker.walkAll(registers, registersAreFinal: registersAreFinal) { position, frames, end, missing in
            let index = walkable[position]
            image.threads[index].thread.stack = table.add(frames, end: end)
            stackPointers[index] = frames.prefix(Self.decodedFrames).map(\.stackPointer)
            if options.verifiesUnwind {
                walkedStacks[index] = WalkedStack(frames: Array(frames), end: end, missingRegister: missing)
            }
            if missing != nil { incomplete.append(index) }
        }
        return incomplete.sorted()
    }

    /// One gap for each frame that libunwind finds elsewhere: which of the two is right, nobody here can tell.
    private func unwindDifferences() -> [Gap] {
        let indexes = walkedStacks.keys.sorted()
        let walks = provider.libunwindWalks(of: indexes.map { image.threads[$0].thread.registers })
        return zip(indexes, walks).flatMap { index, walk -> [Gap] in
            let thread = Gap.Subject.thread(image.threads[index].thread.id)
            guard let walk, let stack = walkedStacks[index] else {
                return [Gap(thread, operation: "walk the stack with libunwind", reason: "libunwind gave no answer")]
            }
            return walk.differences(from: stack).map {
                Gap(thread, operation: "verify the stack with libunwind", reason: $0.description)
            }
        }
    }

    private mutating func dropUnusedStacks() {
        let newIndexes = table.keepOnly(stacks: Set(image.threads.compactMap(\.thread.stack)))
        for index in image.threads.indices {
            if let stack = image.threads[index].thread.stack { image.threads[index].thread.stack = newIndexes[stack] }
        }
    }
}
