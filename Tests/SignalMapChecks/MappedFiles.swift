import SignalMap

/// The maps that the product makes.
public struct MappedFiles: MapMaker {
    public init() {}

    public func answers(for files: [String]) throws -> LinkedMaps {
        LinkedMaps(try files.map { try SignalMapping.of($0, SignalMapOptions()).map }, paths: files)
    }
}
