import LinuxProcess
import ProcessModel

/// A core file, compressed or not.
public struct CoreSource: SnapshotSource {
    /// Of the core file.
    public var path: String
    /// Where the files that the core belongs to are.
    public var core: CoreOptions
    /// How stacks are walked and named.
    public var analysis: AnalysisOptions

    public init(path: String, core: CoreOptions = CoreOptions(), analysis: AnalysisOptions = AnalysisOptions()) {
        self.path = path
        self.core = core
        self.analysis = analysis
    }

    /// Throws when the file is no core or holds nothing; what is missing of a cut one is in the gaps.
    public func snapshot() throws(LinuxProcessError) -> Snapshot {
        var builder = SnapshotBuilder(try CoreFile(path: path, options: core).image(), options: analysis)
        return builder.build()
    }
}
