extension CodeMap {
    /// What a direct call or jump leads to.
    enum Target: Hashable {
        /// A function of this binary, by its index.
        case function(Int)
        /// What the dynamic linker binds a name to: another module's function, or this one's own.
        case symbol(String)
        /// What a resolver of this binary chose.
        case resolved(by: UInt64)
        /// The middle of a function, data, or nothing: not understood.
        case unknown
    }

    /// Follows stubs of procedure linkage tables: whatever linker laid them out, they do nothing but jump through a
    /// word that a relocation fills (psABI AMD64, section 5.2).
    func target(of address: UInt64) -> Target {
        guard let range = range(holding: address), var index = instruction(at: address, in: range) else {
            return .unknown
        }
        let last = ranges[range].instructions.upperBound
        // endbr64 may stand before the jump.
        if instructions[index].does == .other, index + 1 < last { index += 1 }
        if instructions[index].does == .jumpMemory, let slot = instructions[index].fixedAddress,
            let pointer = binary.pointers[slot]
        {
            return target(of: pointer)
        }
        let function = functionOfRange[range]
        return start(of: function) == address ? .function(function) : .unknown
    }

    /// What a word holds once the dynamic linker has filled it.
    func target(of pointer: BinaryFile.Pointer) -> Target {
        switch pointer {
        case .local(let address):
            guard let range = range(holding: address), ranges[range].start == address else { return .unknown }
            let function = functionOfRange[range]
            return start(of: function) == address ? .function(function) : .unknown
        case .symbol(let name, 0): return .symbol(name)
        case .symbol: return .unknown
        case .resolved(let resolver): return .resolved(by: resolver)
        }
    }

    /// What a call instruction leads to, where it says so itself: nil for calls through registers and through memory
    /// that is not a word which the dynamic linker fills for good.
    func directTarget(of call: Instruction) -> Target? {
        switch call.does {
        case .call, .jump, .jumpIf: return target(of: call.target)
        case .callMemory, .jumpMemory:
            // call *slot(%rip), as compiled with -fno-plt
            guard let slot = call.fixedAddress, let pointer = binary.pointers[slot], binary.isOffsetTable(slot) else {
                return nil
            }
            return target(of: pointer)
        default: return nil
        }
    }
}
