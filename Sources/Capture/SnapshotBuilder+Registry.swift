import DebugInfo
import ProcessModel
import Registry

extension SnapshotBuilder {
    /// The registry of the process; nil without the runtime library. Read right after the look at the threads, so that
    /// both are of nearly one moment.
    func readRegistry() -> (record: RegistryRecord?, gap: Gap?) {
        let process = image.process.id.map { id in
            // The registry knows its process by the number that the process has for itself.
            let main = image.threads.first { $0.thread.id.rawValue == id.rawValue }
            return main?.namespaceID.map { ProcessID($0.rawValue) } ?? id
        }
        let finder = RegistryFinder(modules: image.modules, mappings: image.mappings, memory: image.memory)
        do throws(RegistryError) {
            guard let place = try finder.find(of: process, scans: options.scansForRegistry) else { return (nil, nil) }
            let reader = RegistryReader(memory: image.memory, isLive: image.process.source == .live)
            return (try reader.read(place, of: process), nil)
        } catch {
            return (nil, RegistryNames.gap(error))
        }
    }
}
