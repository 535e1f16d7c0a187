import CCapstone

/// A table of code addresses that a switch jumps through: gcc and clang put 32-bit distances from the table itself into
/// read-only data, or, in code that is not position-independent, whole addresses.
enum JumpTable {
    /// No compiler makes longer ones of a switch that people write.
    private static let limit = 16_384
    /// How far before the jump its parts are looked for.
    private static let window = 64

    struct Targets {
        var addresses: [UInt64] = []
        /// The comparison before the jump says how many there are.
        var isBounded = false
    }

    /// The addresses that the indirect jump at a position may go to; none when it is not understood.
    ///
    /// A table without a known bound is read for as long as its entries lie in the function, so that the answer
    /// may have too many, never too few.
    static func targets(of jump: Int, in range: Int, _ map: CodeMap) -> Targets {
        let instruction = map.instructions[jump]
        let search = Search(map: map, range: range, first: map.ranges[range].instructions.lowerBound)
        if instruction.does == .jumpMemory {
            // jmp *table(,index,8)
            guard instruction.base == Instruction.none, instruction.index != Instruction.none, instruction.scale == 8
            else { return Targets() }
            let bound = search.bound(of: instruction.index, before: jump)
            return wholeAddresses(at: UInt64(bitPattern: instruction.displacement), bound, range, map)
        }
        guard let value = search.definition(of: instruction.source, before: jump) else { return Targets() }
        switch map.instructions[value].does {
        case .load:
            // mov table(,index,8), r; jmp *r
            let load = map.instructions[value]
            guard load.index != Instruction.none, load.scale == 8 else { return Targets() }
            let bound = search.bound(of: load.index, before: value)
            if load.base == Instruction.none {
                return wholeAddresses(at: UInt64(bitPattern: load.displacement), bound, range, map)
            }
            guard let table = search.address(in: load.base, before: value) else { return Targets() }
            return wholeAddresses(at: table &+ UInt64(bitPattern: load.displacement), bound, range, map)
        case .add:
            // movslq (table,index,4), r; add table, r; jmp *r, with the two registers in either order
            let sum = map.instructions[value]
            for (offset, base) in [(sum.destination, sum.source), (sum.source, sum.destination)] {
                guard let place = search.definition(of: offset, before: value) else { continue }
                let load = map.instructions[place]
                guard load.does == .load, load.width == 4, let origin = search.address(in: base, before: value),
                    let (table, index, indexPlace) = search.element(load, at: place)
                else { continue }
                return distances(
                    at: table &+ UInt64(bitPattern: load.displacement), from: origin,
                    search.bound(of: index, before: indexPlace), range, map)
            }
            return Targets()
        default: return Targets()
        }
    }

    private static func distances(
        at table: UInt64, from origin: UInt64, _ bound: Int?, _ range: Int, _ map: CodeMap
    ) -> Targets {
        guard map.binary.isReadOnly(table), let bytes = map.binary.bytes(at: table) else { return Targets() }
        var targets = Targets(isBounded: bound != nil)
        for index in 0..<min(bound ?? limit, limit, bytes.count / 4) {
            let distance = Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: index * 4, as: Int32.self))
            let target = origin &+ UInt64(bitPattern: Int64(distance))
            guard isEntry(target, isBounded: bound != nil, range, map) else { break }
            targets.addresses.append(target)
        }
        return targets
    }

    private static func wholeAddresses(at table: UInt64, _ bound: Int?, _ range: Int, _ map: CodeMap) -> Targets {
        guard let bytes = map.binary.bytes(at: table) else { return Targets() }
        var targets = Targets(isBounded: bound != nil)
        for index in 0..<min(bound ?? limit, limit, bytes.count / 8) {
            let place = table &+ UInt64(index * 8)
            var target = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
            if case .local(let address)? = map.binary.pointers[place] {
                target = address
            } else if !map.binary.isReadOnly(table) {
                break
            }
            guard isEntry(target, isBounded: bound != nil, range, map) else { break }
            targets.addresses.append(target)
        }
        return targets
    }

    /// Whether an entry may be one of this table: code of the same range, or of what may be a part of the function; with
    /// a known bound all code is.
    private static func isEntry(_ target: UInt64, isBounded: Bool, _ range: Int, _ map: CodeMap) -> Bool {
        guard let other = map.range(holding: target), map.instruction(at: target, in: other) != nil else {
            return false
        }
        return other == range || isBounded || map.mayBePart(other)
    }

    /// Looks back from an instruction, in the order of the code: what jumps into between is not seen, which is why a
    /// bound is only believed close to its use.
    private struct Search {
        let map: CodeMap
        let range: Int
        let first: Int

        /// The last instruction before `position` that writes a register.
        func definition(of register: UInt8, before position: Int) -> Int? {
            guard register < 16 else { return nil }
            for index in stride(from: position - 1, through: max(first, position - window), by: -1) {
                let instruction = map.instructions[index]
                if instruction.writes(register) {
                    // A copy stands for what it was made of, and so does a sign extension (cdqe).
                    if instruction.does == .move, instruction.width == 8 {
                        return definition(of: instruction.source, before: index) ?? index
                    }
                    if instruction.does == .combine, instruction.source == Instruction.none, instruction.width == 0 {
                        continue
                    }
                    return index
                }
                if instruction.isCall, !Self.isKept(register) { return nil }
                switch instruction.does {
                case .jump, .return, .trap, .jumpRegister, .jumpMemory: return nil
                default: break
                }
            }
            return nil
        }

        /// The fixed address that a register holds. Compilers load a table's address before a loop: where nothing near
        /// says it, the one instruction of the range that writes such an address there does.
        func address(in register: UInt8, before position: Int) -> UInt64? {
            if let index = definition(of: register, before: position), map.instructions[index].does == .address {
                return map.instructions[index].fixedAddress
            }
            var found: UInt64?
            for index in map.ranges[range].instructions {
                let instruction = map.instructions[index]
                guard instruction.does == .address, instruction.destination == register,
                    let address = instruction.fixedAddress, !map.binary.isCode(address)
                else { continue }
                if let found, found != address { return nil }
                found = address
            }
            return found
        }

        /// The table that a load of 4 bytes reads an element of, the register of the index, and where that is used:
        /// (table,index,4), or without optimisation (table,scaled,1) with the index scaled by an instruction before.
        func element(_ load: Instruction, at position: Int) -> (UInt64, UInt8, Int)? {
            guard load.base != Instruction.none, load.index != Instruction.none else { return nil }
            if load.scale == 4 {
                return address(in: load.base, before: position).map { ($0, load.index, position) }
            }
            guard load.scale == 1 else { return nil }
            for (base, scaled) in [(load.base, load.index), (load.index, load.base)] {
                guard let place = definition(of: scaled, before: position) else { continue }
                let scaling = map.instructions[place]
                guard scaling.does == .address, scaling.base == Instruction.none, scaling.scale == 4,
                    scaling.displacement == 0, scaling.index != Instruction.none,
                    let table = address(in: base, before: position)
                else { continue }
                return (table, scaling.index, place)
            }
            return nil
        }

        /// How many values an index may have, by the unsigned comparison before the jump.
        func bound(of register: UInt8, before position: Int) -> Int? {
            var registers: Set<UInt8> = [register]
            // The memory that the index was loaded from: the comparison may be with that.
            var origin: Instruction?
            for index in stride(from: position - 1, through: max(first, position - 16), by: -1) {
                let instruction = map.instructions[index]
                if let origin {
                    if instruction.does == .compareMemory, instruction.destination == Instruction.none,
                        instruction.hasSameOperand(as: origin)
                    {
                        return count(instruction, at: index)
                    }
                    if instruction.writes(origin.base) || instruction.writes(origin.index) || instruction.isCall {
                        return nil
                    }
                    continue
                }
                if instruction.does == .load, registers.contains(instruction.destination) {
                    origin = instruction
                    continue
                }
                if instruction.does == .move, registers.contains(instruction.destination) {
                    registers.insert(instruction.source)
                    continue
                }
                if instruction.does == .compareConstant, registers.contains(instruction.destination) {
                    return count(instruction, at: index)
                }
                if registers.contains(where: { instruction.writes($0) }) { return nil }
            }
            return nil
        }

        /// How many values pass the comparison at `index` and the jump behind it.
        private func count(_ comparison: Instruction, at index: Int) -> Int? {
            for next in (index + 1)..<min(index + 4, map.ranges[range].instructions.upperBound) {
                let jump = map.instructions[next]
                guard jump.does == .jumpIf else { continue }
                guard comparison.immediate >= 0, comparison.immediate < Int64(limit) else { return nil }
                switch Int(jump.condition) {
                case DWI_ABOVE: return Int(comparison.immediate) + 1
                case DWI_NOT_BELOW: return Int(comparison.immediate)
                default: return nil
                }
            }
            return nil
        }

        /// rbx, rbp, r12 to r15 (psABI AMD64, section 3.2.1).
        private static func isKept(_ register: UInt8) -> Bool { register == 3 || register == 5 || register >= 12 }
    }
}

extension dwi_instruction {
    func hasSameOperand(as other: Instruction) -> Bool {
        base == other.base && index == other.index && scale == other.scale && displacement == other.displacement
            && width == other.width
    }

    /// Whether a general register has another value afterwards.
    func writes(_ register: UInt8) -> Bool {
        switch does {
        case .move, .constant, .address, .load, .addConstant, .add, .andConstant, .combine, .combineMemory, .moveIf,
            .loadIf, .set, .pop, .exchangeMemory, .fetchAdd, .vectorTo:
            return destination == register
        case .clobber, .exchange: return destination == register || source == register
        case .compareExchange: return register == 0
        case .leave: return register == UInt8(DWI_FRAME_POINTER) || register == UInt8(DWI_STACK_POINTER)
        case .fill: return register == 7 || register == 6 || register == 1
        // rax, and what the kernel does not keep (psABI AMD64, section A.2.1)
        case .systemCall: return register == 0 || register == 1 || register == 11
        default: return false
        }
    }
}
