import LinuxProcess
import ProcessModel

/// A core file, compressed or not.
public struct CoreSource: SnapshotSource {
    public var path: String
    public var core: CoreOptions
    public var analysis: AnalysisOptions

    public init(path: String, core: CoreOptions = CoreOptions(), analysis: AnalysisOptions = AnalysisOptions()) {
        self.path = path
        self.core = core
        self.analysis = analysis
    }

    public func snapshot() throws(LinuxProcessError) -> Snapshot {
        var builder = SnapshotBuilder(try CoreFile(path: path, options: core).image(), options: analysis)
        return builder.build()
    }
}
