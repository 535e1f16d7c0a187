import DebugInfo
import LinuxProcess
import ProcessModel
import SyncDecode

/// A running process.
public struct LiveSource: SnapshotSource {
    /// Looked at anew by each call of `snapshot`.
    public var process: ProcessID
    /// Who may be stopped, and for how long the capture may take.
    public var capture: LiveCaptureOptions
    /// How stacks are walked and named.
    public var analysis: AnalysisOptions
    /// How often the process is looked at again for progress; 0 for one look only.
    public var sampleCount = 0
    /// Between two looks.
    public var sampleIntervalNanoseconds: UInt64 = 100_000_000

    public init(
        process: ProcessID, capture: LiveCaptureOptions = LiveCaptureOptions(),
        analysis: AnalysisOptions = AnalysisOptions()
    ) {
        self.process = process
        self.capture = capture
        self.capture.objectRanges = { SyncWindow.ranges(for: $0, memory: $1) }
        self.analysis = analysis
    }

    /// Throws when the process cannot be captured; the error's `help` says what to try.
    public func snapshot() throws(LinuxProcessError) -> Snapshot {
        let live = try LiveCapture(process: process, options: capture)
        var early: IsolatedDebugInfo?
        let image = try live.capture { modules, memory, place in
            early = analysis.isIsolated ? prepare(modules, memory, place) : nil
        }
        if early?.modules != image.modules { early = nil }
        early?.take(image.memory)
        var builder = SnapshotBuilder(image, options: analysis, provider: early)
        let (count, interval) = (sampleCount, sampleIntervalNanoseconds)
        return builder.build(
            descriptors: KernelObjectsInspector(process: process), live: LiveMemory(process: process),
            complete: capture.mode == .hybrid ? { live.completeRegisters(of: $0, in: &$1) } : nil,
            sample: count == 0
                ? nil
                : { image, fingerprint in
                    live.sample(count: count, interval: interval, in: &image) { fingerprint($0, $1) }
                })
    }

    /// A child that opens, while the threads are looked at, what nearly every stack leads through: the program, and the
    /// library in which the first thread is blocked. It is forked when the heap is small, which makes that cheap, too.
    private func prepare(
        _ modules: [Module], _ memory: any MemorySource, _ place: Address?
    ) -> IsolatedDebugInfo {
        let early = IsolatedDebugInfo(modules: modules, memory: memory, options: analysis.debugInfo)
        early.prepare(
            [place.flatMap { modules.index(holding: $0) }, modules.firstIndex(where: \.isExecutable)].compactMap { $0 })
        return early
    }
}
