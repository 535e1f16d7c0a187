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
        var builder = SnapshotBuilder(try live.capture(), options: analysis)
        let (count, interval) = (sampleCount, sampleIntervalNanoseconds)
        return builder.build(
            descriptors: KernelObjectsInspector(process: process),
            complete: capture.mode == .hybrid ? { live.completeRegisters(of: $0, in: &$1) } : nil,
            sample: count == 0
                ? nil
                : { image, fingerprint in
                    live.sample(count: count, interval: interval, in: &image) { fingerprint($0, $1) }
                })
    }
}
