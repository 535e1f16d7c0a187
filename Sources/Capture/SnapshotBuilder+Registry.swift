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

/// What symbols and debug information say of the addresses in a registry.
struct RegistryNames {
    /// Each address once, a start routine before a return address of the same number.
    private(set) var frames: [Frame]

    init(_ record: RegistryRecord?) {
        guard let record else {
            frames = []
            return
        }
        var returns: Set<Address> = []
        var starts: Set<Address> = []
        for stack in record.stacks { returns.formUnion(stack.addresses) }
        for thread in record.threads {
            if let start = thread.startRoutine { starts.insert(start) }
            for lock in thread.heldLocks ?? [] { if let site = lock.site { returns.insert(site) } }
        }
        starts.formUnion(record.starts.map(\.address))
        starts.formUnion(record.failures.compactMap(\.startRoutine))
        for object in record.objects { starts.formUnion(object.sites.compactMap(\.startRoutine)) }
        for order in record.lockOrders ?? [] {
            returns.formUnion([order.firstSite, order.secondSite].compactMap(\.self))
        }
        returns.formUnion(record.abandoned.compactMap(\.site))
        frames =
            starts.map { Frame(pc: $0, isReturnAddress: false, trust: .registry) }
            + returns.map { Frame(pc: $0, isReturnAddress: true, trust: .registry) }
        frames.sort { left, right in
            guard let first = left.pc, let second = right.pc, first != second else {
                return !left.isReturnAddress && right.isReturnAddress
            }
            return first < second
        }
    }

    /// One a frame, in the order of `frames`.
    var lookups: [Address] { frames.map { $0.lookupAddress ?? Address(0) } }

    /// Fills in what the addresses of `lookups` turned out to be.
    mutating func name(_ records: some Sequence<SymbolRecord>) {
        for (index, record) in zip(frames.indices, records) {
            frames[index].module = record.module
            frames[index].symbolOffset = record.symbolOffset
            frames[index].source = record.source
        }
    }

    /// A registry that is not to be had hides nothing that was seen by other means.
    static func gap(_ error: RegistryError) -> Gap {
        let name =
            switch error {
            case .file(_, let path, _): path
            case .notARegistry(let place), .unknownVersion(let place, _), .malformed(let place, _),
                .unreadable(let place, _), .foreign(let place, _, _), .notMapped(let place):
                place
            }
        return Gap(.module(name), operation: "read the registry", reason: error.clause, help: error.help)
    }
}
