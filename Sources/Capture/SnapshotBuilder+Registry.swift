import DebugInfo
import ProcessModel
import Registry

extension SnapshotBuilder {
    /// The registry of the process; nil without the runtime library. Read right after the look at the threads, so that
    /// both are of nearly one moment.
    ///
    /// `words` reads what the declarations name, as it is at that moment.
    func readRegistry(words: DeclaredWords) -> (record: RegistryRecord?, gap: Gap?) {
        let process = image.process.id.map { id in
            // The registry knows its process by the number that the process has for itself.
            let main = image.threads.first { $0.thread.id.rawValue == id.rawValue }
            return main?.namespaceID.map { ProcessID($0.rawValue) } ?? id
        }
        let finder = RegistryFinder(modules: image.modules, mappings: image.mappings, memory: image.memory)
        do throws(RegistryError) {
            guard let place = try finder.find(of: process, scans: options.scansForRegistry) else { return (nil, nil) }
            let reader = RegistryReader(memory: image.memory, isLive: image.process.source == .live)
            var record = try reader.read(place, of: process)
            words.read(into: &record)
            return (record, nil)
        } catch {
            return (nil, RegistryNames.gap(error))
        }
    }

    /// The registry as it is by now; nil where it is not to be had any more.
    func readRegistryAgain(_ record: RegistryRecord) -> RegistryRecord? {
        guard let address = record.address else { return nil }
        let reader = RegistryReader(memory: image.memory, isLive: image.process.source == .live)
        let place = RegistryPlace(address: address, origin: record.origin, name: record.runtime)
        do throws(RegistryError) {
            return try reader.read(place, of: record.process)
        } catch {
            // The process has ended, or calls exec, between the two looks: then there is one look.
            return nil
        }
    }
}
