import DebugInfo

/// What a DWARF expression says of where a variable is, as far as it is one of the plain ways that compilers write
/// (DWARF 5, sections 2.5 and 2.6).
struct LocationExpression {
    enum Place: Equatable {
        /// DWARF's number of a register.
        case register(UInt64)
        case base(UInt64, Int64)
        /// From the function's frame base.
        case frame(Int64)
        case canonicalFrameAddress(Int64)
        case address(UInt64)
        case threadLocal(UInt64)
        /// The value that a register had when the function was entered.
        case entryValue(UInt64)
    }

    struct Part: Equatable {
        var place: Place
        /// The place holds a pointer to the variable.
        var isIndirect = false
        /// Of a variable in several places, the offset of this part; -1 for all of it.
        var offset: Int32 = -1
    }

    let unit: DwarfUnit

    /// More parts have only hostile expressions.
    private static let partLimit = 16

    /// The parts in order; nil where the expression says something else or is damaged. A part that is nowhere is left out.
    func parts(_ bytes: UnsafeRawBufferPointer) -> [Part]? {
        var reader = ByteReader(bytes)
        if reader.isAtEnd { return [] }
        var parts: [Part] = []
        var offset: Int64 = 0
        while !reader.isAtEnd {
            guard parts.count < Self.partLimit, offset < 1 << 30 else { return nil }
            var place: Place?
            var isIndirect = false
            let start = reader.position
            let opcode = reader.u8()
            if opcode == 0x93 {
                // DW_OP_piece without a location: this part is nowhere.
                offset += Int64(clamping: reader.uleb())
                continue
            }
            reader.seek(to: start)
            place = self.place(&reader)
            guard var found = place else { return nil }
            var isWhole = true
            rest: while !reader.isAtEnd {
                switch reader.u8() {
                // DW_OP_plus_uconst
                case 0x23:
                    let bytes = Int64(clamping: reader.uleb())
                    guard !isIndirect, let moved = Self.moved(found, by: bytes) else { return nil }
                    found = moved
                // DW_OP_deref, once
                case 0x06:
                    if isIndirect { return nil }
                    isIndirect = true
                // DW_OP_piece
                case 0x93:
                    parts.append(Part(place: found, isIndirect: isIndirect, offset: Int32(clamping: offset)))
                    offset += Int64(clamping: reader.uleb())
                    isWhole = false
                    break rest
                // DW_OP_stack_value: fine behind an entry value, which is no place anyway.
                case 0x9f:
                    guard case .entryValue = found else { return nil }
                default: return nil
                }
            }
            if reader.failed { return nil }
            if isWhole {
                // The last of several must be a part, too.
                guard offset == 0 else { return nil }
                parts.append(Part(place: found, isIndirect: isIndirect))
            }
        }
        return reader.failed ? nil : parts
    }

    /// The first operation, with what it takes.
    private func place(_ reader: inout ByteReader) -> Place? {
        let opcode = reader.u8()
        switch opcode {
        case 0x50...0x6f: return .register(UInt64(opcode - 0x50))
        case 0x70...0x8f: return .base(UInt64(opcode - 0x70), reader.sleb())
        case 0x90: return .register(reader.uleb())
        case 0x91: return .frame(reader.sleb())
        case 0x92:
            let register = reader.uleb()
            return .base(register, reader.sleb())
        case 0x9c: return .canonicalFrameAddress(0)
        case 0x03: return .address(reader.u64())
        // DW_OP_addrx, GNU_addr_index
        case 0xa1, 0xfb: return unit.address(index: reader.uleb()).map { .address($0) }
        // DW_OP_entry_value, GNU_entry_value
        case 0xa3, 0xf3:
            let inner = reader.bytes(reader.uleb())
            guard inner.count > 0, (0x50...0x6f).contains(inner[0]), inner.count == 1 else { return nil }
            return .entryValue(UInt64(inner[0] - 0x50))
        default: return threadLocal(opcode, &reader)
        }
    }

    /// A constant, and the operation that makes it an offset in the thread's block of this module.
    private func threadLocal(_ opcode: UInt8, _ reader: inout ByteReader) -> Place? {
        let offset: UInt64
        switch opcode {
        case 0x08, 0x09: offset = UInt64(reader.u8())
        case 0x0a, 0x0b: offset = UInt64(reader.u16())
        case 0x0c, 0x0d: offset = UInt64(reader.u32())
        case 0x0e, 0x0f: offset = reader.u64()
        case 0x10: offset = reader.uleb()
        // DW_OP_constx, GNU_const_index
        case 0xa2, 0xfc:
            guard let value = unit.address(index: reader.uleb()) else { return nil }
            offset = value
        default: return nil
        }
        // DW_OP_form_tls_address, GNU_push_tls_address
        let operation = reader.u8()
        return operation == 0x9b || operation == 0xe0 ? .threadLocal(offset) : nil
    }

    private static func moved(_ place: Place, by bytes: Int64) -> Place? {
        func sum(_ offset: Int64) -> Int64 { offset &+ bytes }
        switch place {
        case .base(let register, let offset): return .base(register, sum(offset))
        case .frame(let offset): return .frame(sum(offset))
        case .canonicalFrameAddress(let offset): return .canonicalFrameAddress(sum(offset))
        case .address(let address): return .address(address &+ UInt64(bitPattern: bytes))
        default: return nil
        }
    }
}
