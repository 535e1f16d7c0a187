import ProcessModel

/// What a loaded ELF object says of itself in memory (System V gABI, chapter 5, and its GNU extensions), read without
/// its file. Every number is untrusted: counts are bounded and sums wrap around.
struct LoadedImage {
    /// What can be executed, by its addresses.
    private(set) var code: [(start: Address, count: Int)] = []
    private let memory: any MemorySource
    private let loadBias: UInt64
    private var frameHeader: Address?
    private var strings: Address?
    private var symbols: Address?
    private var hashes: Address?
    private var versions: Address?
    private var versionCount: UInt64 = 0

    /// glibc has some 3,000 symbols, 4,000 functions and 1.5 MiB of code.
    private static let symbolLimit: UInt32 = 65_536
    private static let functionLimit: UInt32 = 262_144
    private static let codeLimit = 8 << 20

    /// Nil when the headers are not in memory or no 64-bit ELF.
    init?(module: Module, memory: any MemorySource) {
        self.memory = memory
        loadBias = module.loadBias
        guard memory.load(module.start, as: UInt32.self) == 0x464c_457f,
            memory.load(module.start + 4, as: UInt8.self) == 2,
            let table = memory.load(module.start + 32, as: UInt64.self),
            let size = memory.load(module.start + 54, as: UInt16.self), size == 56,
            let count = memory.load(module.start + 56, as: UInt16.self)
        else { return nil }
        for index in 0..<min(count, 64) {
            let header = module.start + table + UInt64(index) * 56
            guard let type = memory.load(header, as: UInt32.self),
                let address = memory.load(header + 16, as: UInt64.self)
            else { return nil }
            let start = Address(module.loadBias &+ address)
            switch type {
            case 1: addCode(header, start)
            case 2: readDynamicSection(start, module: module)
            case 0x6474_e550: frameHeader = start
            default: break
            }
        }
        guard strings != nil else { return nil }
    }

    /// A PT_LOAD with PF_X: its bytes in the file, behind which there is no code.
    private mutating func addCode(_ header: Address, _ start: Address) {
        guard let flags = memory.load(header + 4, as: UInt32.self), flags & 1 != 0,
            let size = memory.load(header + 32, as: UInt64.self),
            size <= UInt64(Self.codeLimit - code.reduce(0) { $0 + $1.count })
        else { return }
        code.append((start, Int(size)))
    }

    private mutating func readDynamicSection(_ start: Address, module: Module) {
        for index in 0..<UInt64(256) {
            guard let tag = memory.load(start + index * 16, as: UInt64.self), tag != 0,
                let value = memory.load(start + index * 16 + 8, as: UInt64.self)
            else { return }
            // ld.so has relocated these pointers in place; in a file they are still relative.
            let address = Address(module.contains(Address(value)) ? value : value &+ module.loadBias)
            switch tag {
            case 5: strings = address
            case 6: symbols = address
            case 0x6fff_fef5: hashes = address
            case 0x6fff_fffc: versions = address
            case 0x6fff_fffd: versionCount = value
            default: break
            }
        }
    }

    /// The names of the version definitions, at most `limit`.
    func versionDefinitions(limit: UInt64) -> [String] {
        guard let strings, var entry = versions else { return [] }
        var names: [String] = []
        for _ in 0..<min(versionCount, limit) {
            guard let auxiliary = memory.load(entry + 12, as: UInt32.self),
                let next = memory.load(entry + 16, as: UInt32.self),
                let name = memory.load(entry + UInt64(auxiliary), as: UInt32.self),
                let text = memory.string(strings + UInt64(name), limit: 64)
            else { break }
            names.append(text)
            if next == 0 { break }
            entry = entry + UInt64(next)
        }
        return names
    }

    /// The exported functions in order of their addresses, each with the address of a name of it; one function may have
    /// several. Empty when the tables cannot be read.
    func exportedFunctions() -> [(function: Address, name: Address)] {
        guard let symbols, let strings, let count = symbolCount(),
            let table = memory.bytes(symbols, count: Int(count) * 24)
        else { return [] }
        let words = Words(table)
        var functions: [(function: Address, name: Address)] = []
        for offset in stride(from: UInt64(0), to: UInt64(count) * 24, by: 24) {
            // st_name, then st_info, st_other and st_shndx in one word: STT_FUNC or STT_GNU_IFUNC of some section.
            let kind = words[offset + 4]
            guard kind & 0xf == 2 || kind & 0xf == 10, kind >> 16 != 0 else { continue }
            functions.append((Address(words.wide(offset + 8) &+ loadBias), strings + UInt64(words[offset])))
        }
        return functions.sorted { $0.function < $1.function }
    }

    /// A name that `exportedFunctions` gave.
    func name(at address: Address) -> String? { memory.string(address, limit: 256) }

    /// The symbols are counted by their GNU hash table only: the last chain of the bucket that begins last ends with
    /// the last symbol.
    private func symbolCount() -> UInt32? {
        guard let hashes, let buckets = memory.load(hashes, as: UInt32.self), buckets <= Self.symbolLimit,
            let first = memory.load(hashes + 4, as: UInt32.self),
            let filter = memory.load(hashes + 8, as: UInt32.self), filter <= Self.symbolLimit,
            let heads = memory.bytes(hashes + 16 + UInt64(filter) * 8, count: Int(buckets) * 4)
        else { return nil }
        let words = Words(heads)
        var last = (0..<UInt64(buckets)).map { words[$0 * 4] }.max() ?? 0
        guard last >= first else { return nil }
        let chains = hashes + 16 + UInt64(filter) * 8 + UInt64(buckets) * 4
        while last < Self.symbolLimit {
            guard let hash = memory.load(chains + UInt64(last - first) * 4, as: UInt32.self) else { return nil }
            last += 1
            if hash & 1 != 0 { return last }
        }
        return nil
    }

    /// Where each function, or part of one, begins, in order: the look-up table of .eh_frame_hdr (Linux Standard Base,
    /// "Exception Frame Header"), which has one entry for each FDE. Empty when there is none of the usual encoding.
    func functionStarts() -> [Address] {
        // Version 1; pointer to .eh_frame pcrel|sdata4; count udata4; table datarel|sdata4.
        guard let frameHeader, memory.load(frameHeader, as: UInt32.self) == 0x3b03_1b01,
            let count = memory.load(frameHeader + 8, as: UInt32.self), count <= Self.functionLimit,
            let table = memory.bytes(frameHeader + 12, count: Int(count) * 8)
        else { return [] }
        let words = Words(table)
        let starts = (0..<UInt64(count)).map { index in
            let offset = Int32(bitPattern: words[index * 8])
            return Address(frameHeader.rawValue &+ UInt64(bitPattern: Int64(offset)))
        }
        return starts.sorted()
    }
}
