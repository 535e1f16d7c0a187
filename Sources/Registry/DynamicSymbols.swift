import Glibc
import ProcessModel

/// The dynamic symbols of a module, looked up by name in its memory (System V gABI chapter 5; DT_GNU_HASH as glibc 2.41's
/// elf/dl-lookup.c reads it). A name that is not there costs some five small reads.
struct DynamicSymbols {
    private let module: Module
    private let memory: any MemorySource
    private var symbols: Address?
    private var strings: Address?
    private var stringSize: UInt64 = 0
    private var gnuHash: Address?
    private var hash: Address?
    /// The image has a dynamic section: what it defines for others can be looked up.
    private(set) var hasDynamicSection = false

    /// Program headers, dynamic entries and symbols of one chain beyond these are taken for damage.
    private static let headerLimit = 128
    private static let entryLimit = 1024
    private static let chainLimit = 4096
    private static let entrySize: UInt64 = 24

    /// Nil when the module's header is not in memory or is no 64-bit ELF header.
    init?(_ module: Module, memory: any MemorySource) {
        self.module = module
        self.memory = memory
        // The header and, as linkers lay them out, the program headers.
        var head = [UInt8](repeating: 0, count: 1024)
        let count = head.withUnsafeMutableBytes { memory.read(module.start, into: $0) }
        head.removeLast(head.count - min(max(count, 0), head.count))
        guard head.record(at: 0, as: UInt32.self) == 0x464c_457f, head.record(at: 4, as: UInt8.self) == 2,
            let offset = head.record(at: 32, as: UInt64.self), head.record(at: 54, as: UInt16.self) == 56,
            let number = head.record(at: 56, as: UInt16.self)
        else { return nil }
        for index in 0..<min(Int(number), Self.headerLimit) {
            guard let header = header(index, offset, head) else { break }
            guard header.record(at: 0, as: UInt32.self) == UInt32(PT_DYNAMIC),
                let address = header.record(at: 16, as: UInt64.self),
                let size = header.record(at: 40, as: UInt64.self)
            else { continue }
            hasDynamicSection = true
            readEntries(Address(module.loadBias &+ address), size: size)
            return
        }
    }

    private func header(_ index: Int, _ offset: UInt64, _ head: [UInt8]) -> [UInt8]? {
        if let start = Int(exactly: offset), start <= head.count, head.count - start >= (index + 1) * 56 {
            return Array(head[(start + index * 56)..<(start + index * 56 + 56)])
        }
        return memory.bytes(module.start + (offset &+ UInt64(index) &* 56), count: 56)
    }

    private mutating func readEntries(_ section: Address, size: UInt64) {
        let count = Int(min(size / 16, UInt64(Self.entryLimit)))
        guard let table = memory.bytes(section, count: count * 16) else { return }
        for index in 0..<count {
            guard let tag = table.record(at: index * 16, as: Int64.self),
                let value = table.record(at: index * 16 + 8, as: UInt64.self), tag != Int64(DT_NULL)
            else { return }
            switch tag {
            case Int64(DT_SYMTAB): symbols = place(value)
            case Int64(DT_STRTAB): strings = place(value)
            case Int64(DT_STRSZ): stringSize = value
            case Int64(DT_HASH): hash = place(value)
            // DT_GNU_HASH of <elf.h>, which Swift imports as a number without a type of its own.
            case 0x6fff_fef5: gnuHash = place(value)
            default: break
            }
        }
    }

    /// glibc's loader writes addresses over the entries as it finds them, but for the vDSO and on some machines; what
    /// lies outside of the module is still the file's own.
    private func place(_ value: UInt64) -> Address {
        module.contains(Address(value)) ? Address(value) : Address(value &+ module.loadBias)
    }

    /// The address of a defined symbol; nil when the module defines none of that name, or its tables cannot be read.
    func address(of name: String) -> Address? {
        guard symbols != nil, strings != nil else { return nil }
        if let gnuHash { return find(name, gnuHash: gnuHash) }
        if let hash { return find(name, hash: hash) }
        return nil
    }

    private func find(_ name: String, gnuHash table: Address) -> Address? {
        guard let head = memory.bytes(table, count: 16), let buckets = head.record(at: 0, as: UInt32.self),
            let first = head.record(at: 4, as: UInt32.self), let words = head.record(at: 8, as: UInt32.self),
            let shift = head.record(at: 12, as: UInt32.self), buckets > 0, words > 0
        else { return nil }
        let hash = name.utf8.reduce(5381 as UInt32) { $0 &* 33 &+ UInt32($1) }
        let filter = table + 16
        let bits: UInt64 = 1 << UInt64(hash % 64) | 1 << UInt64((hash >> (shift & 31)) % 64)
        guard let word = memory.load(filter + UInt64((hash / 64) % words) * 8, as: UInt64.self), word & bits == bits
        else { return nil }
        let bucketTable = filter + UInt64(words) * 8
        guard var index = memory.load(bucketTable + UInt64(hash % buckets) * 4, as: UInt32.self), index >= first
        else { return nil }
        let chain = bucketTable + UInt64(buckets) * 4
        for _ in 0..<Self.chainLimit {
            guard let entry = memory.load(chain + UInt64(index - first) * 4, as: UInt32.self) else { return nil }
            if entry | 1 == hash | 1, let address = symbol(index, named: name) { return address }
            guard entry & 1 == 0, index < UInt32.max else { return nil }
            index += 1
        }
        return nil
    }

    private func find(_ name: String, hash table: Address) -> Address? {
        guard let buckets = memory.load(table, as: UInt32.self), buckets > 0 else { return nil }
        // The hash function of the gABI, figure 5-13.
        let hash = name.utf8.reduce(0 as UInt32) { hash, byte in
            let next = (hash << 4) &+ UInt32(byte)
            let high = next & 0xf000_0000
            return (next ^ (high >> 24)) & ~high
        }
        guard var index = memory.load(table + 8 + UInt64(hash % buckets) * 4, as: UInt32.self) else { return nil }
        let chain = table + 8 + UInt64(buckets) * 4
        for _ in 0..<Self.chainLimit where index != 0 {
            if let address = symbol(index, named: name) { return address }
            guard let next = memory.load(chain + UInt64(index) * 4, as: UInt32.self) else { return nil }
            index = next
        }
        return nil
    }

    /// The symbol's address if it has that name and is defined (Elf64_Sym: name, info, other, section, value, size).
    private func symbol(_ index: UInt32, named name: String) -> Address? {
        guard let symbols, let strings,
            let entry = memory.bytes(symbols + UInt64(index) * Self.entrySize, count: Int(Self.entrySize)),
            let offset = entry.record(at: 0, as: UInt32.self), UInt64(offset) < stringSize,
            let section = entry.record(at: 6, as: UInt16.self), section != 0,
            let value = entry.record(at: 8, as: UInt64.self),
            let text = memory.bytes(strings + UInt64(offset), count: name.utf8.count + 1),
            text.elementsEqual(Array(name.utf8) + [0])
        else { return nil }
        return Address(module.loadBias &+ value)
    }
}
