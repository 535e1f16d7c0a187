import ProcessModel

/// A location expression in assembler notation: "rdi", "[rbp-24]", "[cfa-40]", "rbx+8", "rdi at entry".
///
/// Nothing is computed: registers and memory of the frame are not needed. What takes more than a sum and a load (values
/// in pieces, typed operations) has no text.
struct LocationText {
    let unit: DwarfUnit
    /// DW_AT_frame_base of the function.
    let frameBase: UnsafeRawBufferPointer?

    /// Longer expressions are not told in a few words.
    private static let operationLimit = 16

    /// A base and a distance, so that "[cfa-40]" comes out of a sum.
    private struct Term {
        var base: String
        var offset: Int64 = 0

        var text: String {
            if base.isEmpty { return String(offset) }
            if offset == 0 { return base }
            return offset > 0 ? "\(base)+\(offset)" : "\(base)\(offset)"
        }
    }

    func text(_ expression: UnsafeRawBufferPointer) -> String? { text(expression, allowsFrameBase: true) }

    private func text(_ expression: UnsafeRawBufferPointer, allowsFrameBase: Bool) -> String? {
        var reader = ByteReader(expression)
        var stack: [Term] = []
        var isValue = false
        for _ in 0..<Self.operationLimit {
            if reader.isAtEnd { break }
            if isValue { return nil }
            let operation = reader.u8()
            switch operation {
            case 0x50...0x6f:  // DW_OP_reg0…
                return reader.isAtEnd ? Self.register(UInt64(operation - 0x50)) : nil
            case 0x90:  // DW_OP_regx
                let number = reader.uleb()
                return reader.isAtEnd ? Self.register(number) : nil
            case 0x70...0x8f:  // DW_OP_breg0…
                stack.append(Term(base: Self.register(UInt64(operation - 0x70)), offset: reader.sleb()))
            case 0x92:  // DW_OP_bregx
                stack.append(Term(base: Self.register(reader.uleb()), offset: reader.sleb()))
            case 0x91:  // DW_OP_fbreg
                guard allowsFrameBase, var base = frameBaseTerm else { return nil }
                base.offset &+= reader.sleb()
                stack.append(base)
            case 0x9c: stack.append(Term(base: "cfa"))  // DW_OP_call_frame_cfa
            case 0x03:  // DW_OP_addr
                stack.append(Term(base: Address(reader.address(size: Int(unit.encoding.addressSize))).description))
            case 0xa1, 0xfb:  // DW_OP_addrx, DW_OP_GNU_addr_index
                guard let address = unit.address(index: reader.uleb()) else { return nil }
                stack.append(Term(base: Address(address).description))
            case 0x30...0x4f: stack.append(Term(base: "", offset: Int64(operation - 0x30)))  // DW_OP_lit0…
            case 0x08: stack.append(Term(base: "", offset: Int64(reader.u8())))
            case 0x09: stack.append(Term(base: "", offset: Int64(Int8(bitPattern: reader.u8()))))
            case 0x0a: stack.append(Term(base: "", offset: Int64(reader.u16())))
            case 0x0b: stack.append(Term(base: "", offset: Int64(Int16(bitPattern: reader.u16()))))
            case 0x0c: stack.append(Term(base: "", offset: Int64(reader.u32())))
            case 0x0d: stack.append(Term(base: "", offset: Int64(Int32(bitPattern: reader.u32()))))
            case 0x0e, 0x0f: stack.append(Term(base: "", offset: Int64(bitPattern: reader.u64())))
            case 0x10: stack.append(Term(base: "", offset: Int64(bitPattern: reader.uleb())))  // DW_OP_constu
            case 0x11: stack.append(Term(base: "", offset: reader.sleb()))  // DW_OP_consts
            case 0x23:  // DW_OP_plus_uconst
                guard var top = stack.popLast() else { return nil }
                top.offset &+= Int64(bitPattern: reader.uleb())
                stack.append(top)
            case 0x06:  // DW_OP_deref
                guard let top = stack.popLast() else { return nil }
                stack.append(Term(base: "[\(top.text)]"))
            case 0xa3, 0xf3:  // DW_OP_entry_value
                guard let inner = text(reader.bytes(reader.uleb()), allowsFrameBase: false) else { return nil }
                stack.append(Term(base: "\(inner) at entry"))
            case 0x96: break  // DW_OP_nop
            case 0x9f: isValue = true  // DW_OP_stack_value
            default: return nil
            }
            if reader.failed { return nil }
        }
        guard reader.isAtEnd, !reader.failed, stack.count == 1, let top = stack.first else { return nil }
        return isValue ? top.text : "[\(top.text)]"
    }

    /// The frame base as a term: gcc has DW_OP_call_frame_cfa, clang a register.
    private var frameBaseTerm: Term? {
        guard let frameBase, !frameBase.isEmpty, var text = text(frameBase, allowsFrameBase: false) else { return nil }
        // An expression that is no register gives the base itself, not where it is stored.
        if text.hasPrefix("["), text.hasSuffix("]") { text = String(text.dropFirst().dropLast()) }
        // Only a register or the CFA alone can be added to.
        return text.contains("+") || text.contains("-") || text.contains("[") ? nil : Term(base: text)
    }

    /// System V ABI AMD64, figure 3.36.
    private static func register(_ number: UInt64) -> String {
        switch number {
        case 0..<16: RegisterSet.names[Int(number)]
        case 16: "rip"
        case 17...32: "xmm\(number - 17)"
        default: "r\(number)"
        }
    }
}
