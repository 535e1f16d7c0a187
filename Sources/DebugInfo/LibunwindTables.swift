import CLibunwind
import ProcessModel

/// Where the .eh_frame_hdr of each module lies in the target's memory: what libunwind searches.
///
/// Read from memory alone (program headers, then the header itself), so that it serves modules whose file is gone.
final class LibunwindTables {
    /// Program headers of one module, at most; real ones have about 15.
    private static let segmentLimit = 128
    private static let exceptionFrameSegment: UInt32 = 0x6474_e550  // PT_GNU_EH_FRAME

    private let modules: [Module]
    private let memory: any MemorySource
    private var tables: [Int: unw_dyn_info_t?] = [:]

    /// `modules` sorted by start.
    init(modules: [Module], memory: any MemorySource) {
        self.modules = modules
        self.memory = memory
    }

    /// The table of the module that holds `address`, in the form that libunwind searches in another process's memory;
    /// nil when there is none.
    func table(holding address: Address) -> unw_dyn_info_t? {
        guard let index = modules.index(holding: address) else { return nil }
        if let known = tables[index] { return known }
        let found = find(modules[index])
        tables[index] = .some(found)
        return found
    }

    private func find(_ module: Module) -> unw_dyn_info_t? {
        guard let segment = exceptionFrameHeader(module) else { return nil }
        // Linux Standard Base, .eh_frame_hdr: version, three encodings, the encoded address of .eh_frame, the encoded
        // count of entries, the table. Only the form that all linkers write can be searched: sdata4 from the header.
        guard let head = memory.load(segment.start, as: UInt32.self), UInt8(truncatingIfNeeded: head) == 1,
            let pointerSize = Self.size(ofEncoding: UInt8(truncatingIfNeeded: head >> 8)),
            UInt8(truncatingIfNeeded: head >> 16) == 0x03, UInt8(truncatingIfNeeded: head >> 24) == 0x3b,
            let count = memory.load(segment.start + 4 + pointerSize, as: UInt32.self)
        else { return nil }
        let entries = segment.start + 8 + pointerSize
        let entryBytes: UInt64 = 8
        guard count > 0, UInt64(count) <= segment.size / entryBytes else { return nil }
        var table = unw_dyn_info_t()
        table.format = Int32(UNW_INFO_FORMAT_REMOTE_TABLE.rawValue)
        table.start_ip = module.start.rawValue
        table.end_ip = module.end.rawValue
        table.u.rti.segbase = segment.start.rawValue
        table.u.rti.table_data = entries.rawValue
        table.u.rti.table_len = UInt64(count) * entryBytes / UInt64(MemoryLayout<unw_word_t>.size)
        return table
    }

    /// The bytes of an encoded pointer (LSB core specification, DWARF exception header encoding); nil for forms
    /// without a fixed size.
    private static func size(ofEncoding encoding: UInt8) -> UInt64? {
        switch encoding & 0x0f {
        case 0x00, 0x04, 0x0c: 8
        case 0x03, 0x0b: 4
        case 0x02, 0x0a: 2
        default: nil
        }
    }

    private func exceptionFrameHeader(_ module: Module) -> (start: Address, size: UInt64)? {
        // Elf64_Ehdr: e_phoff at 32, e_phentsize at 54, e_phnum at 56. Elf64_Phdr: 56 bytes.
        guard memory.load(module.start, as: UInt32.self) == 0x464c_457f,
            let offset = memory.load(module.start + 32, as: UInt64.self), offset < 1 << 20,
            memory.load(module.start + 54, as: UInt16.self) == 56,
            let count = memory.load(module.start + 56, as: UInt16.self), Int(count) <= Self.segmentLimit
        else { return nil }
        for index in 0..<UInt64(count) {
            let header = module.start + offset + index * 56
            guard memory.load(header, as: UInt32.self) == Self.exceptionFrameSegment,
                let address = memory.load(header + 16, as: UInt64.self),
                let size = memory.load(header + 40, as: UInt64.self), size >= 12, size < 1 << 32
            else { continue }
            return (Address(address &+ module.loadBias), size)
        }
        return nil
    }
}
