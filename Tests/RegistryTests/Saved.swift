import ProcessModel
import Reports
import Testing

/// A snapshot through its saved form.
enum Saved {
    static func roundTrip(_ record: RegistryRecord) throws -> RegistryRecord? {
        let snapshot = Snapshot(process: ProcessInfo(id: ProcessID(1), source: .live), registry: record)
        let loaded = try SnapshotFile.decode(SnapshotFile.encode(snapshot))
        #expect(loaded == snapshot)
        return loaded.registry
    }
}
