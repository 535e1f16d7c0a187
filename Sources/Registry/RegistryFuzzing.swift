import ProcessModel

/// The reading of an untrusted registry as one call, for DeadwaitFuzz: it must come back and never trap.
package enum RegistryFuzzing {
    /// Where a seed's header says that it lies.
    package static let base: UInt64 = 0x7f12_3450_0000
    /// Where a seed's module says that it lies.
    package static let module: UInt64 = 0x7f00_0000_0000

    /// Reads the bytes as a registry: as a file, and as the memory of a process that changes under the reader's eyes.
    package static func registry(_ bytes: UnsafeRawBufferPointer) {
        let memory = FuzzMemory(Array(bytes), at: base)
        for isLive in [false, true] {
            memory.isChanging = isLive
            let place = RegistryPlace(
                address: Address(base), available: UInt64(bytes.count), origin: isLive ? .symbol : .file, name: "fuzz")
            do throws(RegistryError) {
                var record = try RegistryReader(memory: memory, isLive: isLive).read(place, of: nil)
                let ids = record.threads.compactMap(\.id).sorted()
                let threads = ids.enumerated().filter { $0.offset == 0 || ids[$0.offset - 1] != $0.element }.map {
                    Thread(id: $0.element, state: .sleeping)
                }
                let snapshot = Snapshot(process: ProcessInfo(id: record.process, source: .live), threads: threads)
                RegistryCheck(snapshot, namespaceIDs: []).run(&record)
                _ = record.newestTime
            } catch {
                _ = (error.description, error.help)
            }
        }
    }

    /// Looks for the registry in the bytes as the memory of one module.
    package static func module(_ bytes: UnsafeRawBufferPointer) {
        let memory = FuzzMemory(Array(bytes), at: module)
        let end = Address(module + UInt64(bytes.count))
        for isExecutable in [false, true] {
            let finder = RegistryFinder(
                modules: [
                    Module(
                        path: isExecutable ? "/bin/program" : "/lib/libdeadwait.so", start: Address(module), end: end,
                        loadBias: module, content: .unavailable(reason: "made up"), isExecutable: isExecutable)
                ], mappings: [Mapping(start: Address(module), end: end, permissions: [.read, .write])],
                memory: memory)
            do throws(RegistryError) {
                _ = try finder.find(of: nil, scans: isExecutable)
            } catch {
                _ = error.description
            }
        }
    }
}

/// The fuzzer's bytes as the memory of a process.
private final class FuzzMemory: MemorySource {
    private var bytes: [UInt8]
    private let start: UInt64
    /// Every fourth read finds one byte of the bytes changed, the same ones each time.
    var isChanging = false
    private var reads = 0

    init(_ bytes: [UInt8], at start: UInt64) {
        self.bytes = bytes
        self.start = start
    }

    func read(_ address: Address, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        reads += 1
        if isChanging, reads.isMultiple(of: 4), !bytes.isEmpty { bytes[reads &* 2_654_435_761 % bytes.count] &+= 1 }
        let offset = address.rawValue &- start
        guard offset < UInt64(bytes.count) else { return 0 }
        let count = min(buffer.count, bytes.count - Int(offset))
        bytes.withUnsafeBytes {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[Int(offset)..<Int(offset) + count]))
        }
        return count
    }
}
