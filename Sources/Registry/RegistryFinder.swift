import ProcessModel
import RegistryABI

/// Finds the registry of a process: by the library's dynamic symbol, without symbols of the program.
public struct RegistryFinder {
    private let memory: any MemorySource
    private let modules: [Module]
    private let mappings: [Mapping]

    /// Of a module without dynamic symbols so much of its writable data is searched for the library's mark.
    private static let dataLimit: UInt64 = 64 << 20
    /// So many starts of pages are looked at for a registry's magic number.
    private static let pageLimit = 1 << 18
    private static let pageSize: UInt64 = 4096

    /// `modules` and `mappings` must be sorted by start.
    public init(modules: [Module], mappings: [Mapping], memory: any MemorySource) {
        self.memory = memory
        self.modules = modules
        self.mappings = mappings
    }

    /// Where the registry is; nil when no module is the runtime library or has it linked in.
    ///
    /// - Parameters:
    ///   - process: in its own pid namespace, where known: another one's registry is refused.
    ///   - scans: looks for the magic number in anonymous mappings when nothing else has led to it.
    /// - Throws: when the library is there and its registry is not to be had.
    public func find(of process: ProcessID?, scans: Bool) throws(RegistryError) -> RegistryPlace? {
        // The library by its name first: of all others a look at their hash tables is enough.
        let (named, others) = (modules.filter(Self.isRuntime), modules.filter { !Self.isRuntime($0) })
        var broken: RegistryError?
        for module in named + others {
            guard let beacon = beacon(of: module) else { continue }
            do throws(RegistryError) {
                return try place(beacon.address, origin: beacon.origin, module: module, of: process)
            } catch {
                broken = broken ?? error
            }
        }
        // The runtime gives its mapping a name, where the kernel keeps such names (CONFIG_ANON_VMA_NAME).
        if broken == nil, let mapping = mappings.first(where: { $0.path == "[anon:deadwait-registry]" }),
            isRegistry(at: mapping.start)
        {
            return scanned(mapping.start)
        }
        if scans || !named.isEmpty, let found = scan() { return found }
        if let broken { throw broken }
        guard let library = named.first else { return nil }
        throw .unreadable(place: library.path, address: library.start)
    }

    private static func isRuntime(_ module: Module) -> Bool { module.name.hasPrefix("libdeadwait") }

    private func beacon(of module: Module) -> (address: Address, origin: RegistryRecord.Origin)? {
        if module.path == "[vdso]" { return nil }
        let symbols = DynamicSymbols(module, memory: memory)
        if let address = symbols?.address(of: DW_REGISTRY_BEACON_SYMBOL) { return (address, .symbol) }
        // A program without a dynamic section has the library linked in, if at all.
        let isStatic = module.isExecutable && symbols?.hasDynamicSection == false
        guard isStatic || Self.isRuntime(module), let address = search(module) else { return nil }
        return (address, .moduleData)
    }

    /// The library's mark in the writable data of a module: at a multiple of 8, as the structure is aligned.
    private func search(_ module: Module) -> Address? {
        let magic = Array(DW_BEACON_MAGIC.utf8) + [0]
        var left = Self.dataLimit
        for mapping in mappings where mapping.start < module.end && module.start < mapping.end {
            guard mapping.permissions.isSuperset(of: [.read, .write]) else { continue }
            var address = max(mapping.start, module.start)
            let end = min(mapping.end, module.end)
            while address < end, left > 0 {
                let count = min(end.distance(above: address), left, 1 << 18)
                left -= count
                guard let bytes = memory.bytes(address, count: Int(count)) else { break }
                var offset = 0
                while offset + magic.count <= bytes.count {
                    if bytes[offset] == magic[0], bytes[offset..<offset + magic.count].elementsEqual(magic) {
                        return address + UInt64(offset)
                    }
                    offset += 8
                }
                // The next stretch begins within this one, so that a mark across the border is found, too.
                address = count > 16 ? address + (count - 16) : end
            }
        }
        return nil
    }

    /// Where a beacon says that the registry is.
    private func place(
        _ address: Address, origin: RegistryRecord.Origin, module: Module, of process: ProcessID?
    ) throws(RegistryError) -> RegistryPlace {
        let name = module.path
        guard let bytes = memory.bytes(address, count: MemoryLayout<dw_registry_beacon>.size),
            let beacon = bytes.record(at: 0, as: dw_registry_beacon.self)
        else { throw .unreadable(place: name, address: address) }
        guard RegistryLayout.hasMagic(bytes[0..<16], DW_BEACON_MAGIC) else { throw .notARegistry(place: name) }
        guard beacon.version == RegistryLayout.version else {
            throw .unknownVersion(place: name, version: beacon.version)
        }
        guard beacon.size >= UInt32(bytes.count) else {
            throw .malformed(place: name, reason: "its beacon has \(beacon.size) bytes")
        }
        guard beacon.address != 0 else { throw .notMapped(place: name) }
        let owner = ProcessID(Int32(truncatingIfNeeded: beacon.pid))
        if let process, process != owner { throw .foreign(place: name, owner: owner, process: process) }
        let header = Address(beacon.address)
        let mapped = mapped(from: header)
        if !mappings.isEmpty, mapped == nil { throw .unreadable(place: name, address: header) }
        return RegistryPlace(
            address: header, available: mapped.map { min($0, beacon.bytes) } ?? beacon.bytes, origin: origin,
            name: name)
    }

    /// Bytes from `address` to the end of the mappings that follow one another without a hole; nil when it is in none.
    private func mapped(from address: Address) -> UInt64? {
        guard let first = mappings.mapping(holding: address) else { return nil }
        var end = first.end
        for mapping in mappings[(mappings.firstIndex(of: first) ?? 0)...].dropFirst() {
            guard mapping.start == end else { break }
            end = mapping.end
        }
        return end.distance(above: address)
    }

    /// A registry's magic number at the start of a page: first of each mapping, then of all pages.
    private func scan() -> RegistryPlace? {
        let candidates = mappings.filter { mapping in
            mapping.permissions.isSuperset(of: [.read, .write])
                && (mapping.inode == 0 && !mapping.path.hasPrefix("[stack") || mapping.permissions.contains(.shared))
        }
        for mapping in candidates where isRegistry(at: mapping.start) { return scanned(mapping.start) }
        var left = Self.pageLimit
        for mapping in candidates {
            var address = mapping.start + Self.pageSize
            while address < mapping.end, left > 0 {
                if isRegistry(at: address) { return scanned(address) }
                address = address + Self.pageSize
                left -= 1
            }
        }
        return nil
    }

    private func isRegistry(at address: Address) -> Bool {
        // The first word tells nearly always.
        guard memory.load(address, as: UInt64.self) == 0x5449_4157_4441_4544 else { return false }
        return memory.bytes(address, count: 16).map { RegistryLayout.hasMagic($0, DW_REGISTRY_MAGIC) } ?? false
    }

    private func scanned(_ address: Address) -> RegistryPlace {
        RegistryPlace(address: address, available: mapped(from: address), origin: .scan, name: "memory at \(address)")
    }
}
