import CLinux
import Glibc
import ProcessModel

/// Captures a running process: its threads with registers, stacks and the memory of their waits, stopping as little as
/// can be.
///
/// A blocked thread need not be stopped to be seen in one instant. `syscall` in its /proc directory gives its stack
/// pointer, program counter and arguments; its stack is copied with process_vm_readv(2); and the third field of
/// `schedstat` counts how often it was put on a CPU: as long as that does not change after the thread was seen
/// blocked, it has not executed an instruction, so that everything read in between is of one instant. All first looks
/// come before all second looks: the instants of threads that did not run overlap.
///
/// A capture may be used from one thread at a time. It never writes to the target and never runs code in it. When
/// this process is killed, the kernel lets go of whatever is stopped at that moment (PTRACE_SEIZE, ptrace(2)).
public final class LiveCapture {
    public let process: ProcessID
    public let options: LiveCaptureOptions
    let tasks: TaskDirectory
    /// As of the capture under way: the first thread may end, or the program replace itself, between two captures.
    var target: LiveProcess
    let live: LiveMemory
    var gaps: [Gap] = []
    var timing = CaptureTiming()
    var mappings: [Mapping] = []
    var records: [ThreadRecord] = []
    /// Of the capture under way.
    var memory: CapturedMemory
    /// One for each of two threads.
    let copiers: [StackCopier]
    /// One for each of two threads; empty where counters and names are read from files.
    var statistics: [TaskStatistics] = []
    /// Whether taskstats is asked at all.
    var mayAskStatistics = true
    var scratch: UnsafeMutableRawBufferPointer { copiers[0].scratch }
    /// Descriptors of `schedstat` that may still be opened.
    var descriptorBudget = 0
    var captureStart: UInt64 = 0
    /// The modules of the mappings that they were found in.
    private var found: (mappings: [Mapping], resolution: ModuleResolver.Resolution)?
    /// Job control or a tracer had stopped the process when the capture began.
    var areStopped = false
    /// The kernel has refused to let us trace the process.
    var isRefused = false

    /// Opens the process and finds out whether it can be captured.
    ///
    /// `process` may be the id of any of its threads. Throws when there is no such process, it has ended, is a thread of the kernel, is not a 64-bit x86-64 program,
    /// or may not be read; the error's `help` says what to try.
    public init(process: ProcessID, options: LiveCaptureOptions = LiveCaptureOptions()) throws(LinuxProcessError) {
        let found = try TaskDirectory(process: process)
        // /proc has a directory of each thread, too, which lists all threads of the process (proc_pid_task(5)).
        let process = found.status(of: ThreadID(process.rawValue))?.process ?? process
        self.process = process
        self.options = options
        tasks = try TaskDirectory(process: process)
        target = try LiveProcess(process, tasks: tasks)
        live = LiveMemory(process: process)
        memory = try CapturedMemory(live: live, capacity: 1 << 20)
        // Each with its own way to the memory, which notes through which thread that is reached.
        copiers = [live, LiveMemory(process: process)].map {
            StackCopier(live: $0, largestStretch: min(max(options.maximumStackBytes, 4096), 1 << 30))
        }
        descriptorBudget = FileDescriptorLimit.raise()
    }

    deinit {
        for record in records where record.descriptor >= 0 { close(record.descriptor) }
    }

    /// What a capture tells as soon as it knows it: the modules, the process's memory as it is now, and where the first
    /// thread is blocked. Called before any thread is looked at, while this process has no more threads than its own; a
    /// second time when the program replaces itself meanwhile.
    public typealias ModulesFound = (_ modules: [Module], _ memory: any MemorySource, _ place: Address?) -> Void

    /// Captures all threads once.
    ///
    /// `modulesFound` may start what will be needed later. The image's modules are mostly the same, and others when the
    /// process loads or unloads one during the capture.
    ///
    /// Throws when the process ends meanwhile, or replaces itself with another program again and again. What is
    /// missing of single threads stands in the image's gaps.
    public func capture(modulesFound: ModulesFound? = nil) throws(LinuxProcessError) -> ProcessImage {
        // A program that replaces itself while it is being read leaves a picture of two: take another one.
        for _ in 0..<3 {
            target = try LiveProcess(process, tasks: tasks)
            let before = target.executionMark()
            let image = try captureOnce(modulesFound)
            let after = target.executionMark()
            if before == after { return image }
            if try tasks.threads().isEmpty { throw .ended(process, operation: "capture") }
        }
        throw .ended(process, operation: "it keeps replacing itself with exec")
    }

    private func captureOnce(_ modulesFound: ModulesFound?) throws(LinuxProcessError) -> ProcessImage {
        captureStart = monotonicNanoseconds()
        isRefused = false
        gaps = []
        timing = CaptureTiming()
        closeDescriptors()
        let state = tasks.stat(of: target.representative)?.state
        areStopped = state == .stopped || state == .tracingStop
        describeTarget()
        try readMappings()
        found = nil
        if let modulesFound {
            let begin = monotonicNanoseconds()
            modulesFound(resolveModules().modules, live, tasks.systemCall(of: target.representative)?.place)
            step("modules", since: begin)
        }
        let begin = monotonicNanoseconds()
        let threads = try tasks.threads()
        if threads.isEmpty { throw .ended(process, operation: "list the threads") }
        records = threads.map { ThreadRecord(id: $0) }
        let perThread = min(max(options.maximumStackBytes, 0), 1 << 30) + (64 << 10)
        memory = try CapturedMemory(
            live: live, capacity: min(max(threads.count * 2, 64) * perThread, 16 << 30),
            isForMany: threads.count >= 256)
        step("list", since: begin)
        // A stop of all threads needs the files open: one number alone is read faster from there.
        statistics = []
        if mayAskStatistics, options.mode != .stopAll, threads.count >= 64 {
            statistics = (0..<2).compactMap { _ in
                TaskStatistics(checkedWith: ThreadID(process.rawValue), tasks: tasks)
            }
        }
        switch options.mode {
        case .noStop:
            timing.mode = "no-stop"
            lookAtAll()
        case .hybrid:
            timing.mode = "hybrid"
            lookAtAll()
            try stopRestless()
        case .stopAll:
            timing.mode = "stop-all"
            if isForeign { lookAtAll() } else { try stopAllThreads() }
        }
        memory.seal()
        readNamespaceIDs()
        return try image()
    }

    /// Only of a process in a pid namespace below ours.
    private func readNamespaceIDs() {
        guard target.namespaceIDs.count > 1 else { return }
        for index in records.indices {
            let ids = tasks.status(of: records[index].id)?.namespaceIDs ?? []
            records[index].image.namespaceID = ids.count > 1 ? ids.last.map { ThreadID($0) } : nil
        }
    }

    private func image() throws(LinuxProcessError) -> ProcessImage {
        var threads: [ThreadImage] = []
        threads.reserveCapacity(records.count)
        for record in records {
            if let image = image(of: record) { threads.append(image) }
        }
        if threads.isEmpty { throw .ended(process, operation: "read the threads") }
        threads.sort { $0.thread.id < $1.thread.id }
        let begin = monotonicNanoseconds()
        let resolution = resolveModules()
        gaps += resolution.gaps
        step("modules", since: begin)
        return ProcessImage(
            process: ProcessInfo(
                id: process, executable: target.executable,
                buildID: resolution.modules.first(where: \.isExecutable)?.buildID, commandLine: target.commandLine,
                source: .live, architecture: target.architecture,
                // One number, as /proc here shows it: there is no namespace below ours (NSpid in proc(5)).
                sharesPIDNamespace: target.namespaceIDs.isEmpty ? nil : target.namespaceIDs.count == 1),
            threads: threads, mappings: mappings, modules: resolution.modules, memory: memory, gaps: gaps,
            timing: timing)
    }

    /// Nil for a thread that was never seen; one that was seen and has gone leaves a gap.
    private func image(of record: ThreadRecord) -> ThreadImage? {
        switch record.outcome {
        case .captured:
            if record.image.stackEnd == nil {
                gaps.append(Gap(.thread(record.id), operation: "copy the stack", reason: record.stackProblem))
            }
            return record.image
        case .ended:
            return record.image
        case .gone:
            if record.wasSeen {
                gaps.append(
                    Gap(.thread(record.id), operation: "capture the thread", reason: "it exited meanwhile"))
            }
            return nil
        case .moved, .running:
            gaps.append(
                Gap(
                    .thread(record.id), operation: "capture the stack", reason: reason(of: record),
                    help: options.mode == .noStop ? "Allow to stop threads that run (leave out --no-stop)." : nil))
            return record.image
        case .unreadable(let reason):
            gaps.append(Gap(.thread(record.id), operation: "read the registers", reason: reason))
            return record.image
        }
    }

    private func reason(of record: ThreadRecord) -> String {
        if record.outcome == .moved { return "the thread ran between the looks" }
        return record.image.thread.state == .running
            ? "the thread was running at each look" : "where it stands cannot be read without a stop"
    }

    func readMappings() throws(LinuxProcessError) {
        let (mappings, malformed) = try target.mappings()
        self.mappings = mappings
        if malformed > 0 {
            gaps.append(
                Gap(.process, operation: "read the mappings", reason: "\(malformed) lines do not have the known form"))
        }
    }

    private func resolveModules() -> ModuleResolver.Resolution {
        if let found, found.mappings == mappings { return found.resolution }
        var vector: [UInt8] = []
        var vectorGap: Gap?
        do {
            vector = try ProcFile.read("\(target.directory)/auxv", limit: 1 << 16)
        } catch {
            vectorGap = unreadableFile("auxv", error)
        }
        let resolver = ModuleResolver(
            files: .process(process), auxiliaryVector: AuxiliaryVector(bytes: vector),
            executablePath: target.executable)
        var resolution = resolver.resolve(mappings, memory: live)
        if let vectorGap { resolution.gaps.insert(vectorGap, at: 0) }
        found = (mappings, resolution)
        return resolution
    }

    /// A file about the process as a whole, without which nothing of a thread is missing.
    private func unreadableFile(_ name: String, _ error: LinuxProcessError) -> Gap {
        Gap(.file("\(target.directory)/\(name)"), operation: "read it", reason: error.clause, help: error.help)
    }

    private func describeTarget() {
        if let failure = target.commandLineFailure { gaps.append(unreadableFile("cmdline", failure)) }
        if let tracer = target.tracer, tracer.rawValue != 0, options.mode != .noStop {
            gaps.append(tracedGap(by: tracer))
        }
    }

    func tracedGap(by tracer: ProcessID) -> Gap {
        Gap(
            .process, operation: "stop threads",
            reason: "the process is already traced by pid \(tracer)" + tracerName(tracer),
            help: "Threads were read without a stop; end the other tracer for a full picture.")
    }

    private func tracerName(_ tracer: ProcessID) -> String {
        guard let bytes = try? ProcFile.read("/proc/\(tracer)/stat"),
            let stat = bytes.withUnsafeBufferPointer({ TaskStat($0) })
        else { return "" }
        return " (\(stat.name))"
    }

    func step(_ name: String, since start: UInt64) {
        timing.steps.append(CaptureTiming.Step(name: name, nanoseconds: monotonicNanoseconds() - start))
    }

    func closeDescriptors() {
        for index in records.indices where records[index].descriptor >= 0 {
            close(records[index].descriptor)
            records[index].descriptor = -1
            descriptorBudget += 1
        }
    }

    var isPastDeadline: Bool {
        guard let deadline = options.deadlineNanoseconds else { return false }
        return monotonicNanoseconds() - captureStart > deadline
    }
}
