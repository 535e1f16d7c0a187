import ProcessModel
import Registry

/// What symbols and debug information say of the addresses in a registry.
public struct RegistryNames {
    /// Of the gap that says why there is no registry.
    public static let operation = "read the registry"

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
        return Gap(.module(name), operation: operation, reason: error.clause, help: error.help)
    }
}
