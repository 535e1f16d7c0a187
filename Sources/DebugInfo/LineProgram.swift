/// One line number program of .debug_line, run without making its table (DWARF 2 to 5, section 6.2).
///
/// Only the addresses that are asked for are answered, all in one pass: that is 10 times faster than a table.
struct LineProgram {
    /// What stands in the row that covers an address.
    struct Row: Equatable {
        /// Where the row begins.
        var address: UInt64
        var file: UInt64
        /// 0 where the compiler gave no line.
        var line: UInt64
        var column: UInt64
    }

    let header: LineProgramHeader

    private let section: UnsafeRawBufferPointer

    /// Nil when the header cannot be read.
    init?(_ section: UnsafeRawBufferPointer, at offset: UInt64, addressSize: UInt8) {
        guard let header = LineProgramHeader(section, at: offset, addressSize: addressSize) else { return nil }
        self.section = section
        self.header = header
    }

    /// The state machine's registers that a row shows.
    private struct Registers {
        var address: UInt64 = 0
        var operationIndex: UInt64 = 0
        var file: UInt64 = 1
        var line: UInt64 = 1
        var column: UInt64 = 0
    }

    /// The row of each of `addresses`, which are sorted: of all rows, the last that begins at or before the address,
    /// within a sequence that covers it, as libdw and llvm-symbolizer have it. `is_stmt` plays no part.
    ///
    /// Sequences that a linker dropped begin at 0, -1 or -2 and are passed over.
    func rows(at addresses: [UInt64]) -> [Row?] {
        var result = [Row?](repeating: nil, count: addresses.count)
        addresses.withUnsafeBufferPointer { wanted in
            result.withUnsafeMutableBufferPointer { run(wanted, $0) }
        }
        return result
    }

    /// How far a special opcode moves.
    private struct Move {
        var address: UInt64
        var line: UInt64
    }

    private func moves() -> [Move] {
        let range = UInt64(header.lineRange)
        return (0...255).map { opcode in
            guard opcode >= Int(header.opcodeBase), range > 0 else { return Move(address: 0, line: 0) }
            let adjusted = UInt64(opcode) - UInt64(header.opcodeBase)
            let line = Int64(header.lineBase) + Int64(adjusted % range)
            return Move(address: adjusted / range, line: UInt64(bitPattern: line))
        }
    }

    private func run(_ wanted: UnsafeBufferPointer<UInt64>, _ result: UnsafeMutableBufferPointer<Row?>) {
        let moves = moves()
        let advances = moves.map { UInt64($0.address) &* UInt64(header.minimumInstructionLength) }
        var start = header.programStart
        while start < header.programEnd {
            let passed = header.maximumOperations > 1 ? nil : pass(start, advances)
            let end = passed?.end ?? header.programEnd
            let isWanted =
                passed.map { passed in
                    let next = SymbolTable.lowerBound(wanted, passed.low)
                    return next < wanted.count && wanted[next] < passed.high
                } ?? true
            if isWanted { run(start..<end, moves, wanted, result) }
            start = end
        }
    }

    /// Where one sequence ends and which addresses it covers, without its rows: nearly all sequences of a unit hold no
    /// address that is asked for, and this takes a third of the time. Nil where it must be run to know: it has no end,
    /// is damaged, or goes where sums might wrap.
    private func pass(_ start: Int, _ advances: [UInt64]) -> (end: Int, low: UInt64, high: UInt64)? {
        let opcodeBase = header.opcodeBase
        // No program is so long that special opcodes alone get from here to the end of the address space.
        let farthest = UInt64(1) << 63
        var address: UInt64 = 0
        var hasAddress = false
        var low: UInt64 = 0
        var reader = ByteReader(section, at: start, end: header.programEnd)
        return advances.withUnsafeBufferPointer { advances in
            while !reader.isAtEnd {
                let opcode = reader.u8()
                if opcode >= opcodeBase {
                    address &+= advances[Int(opcode)]
                    continue
                }
                switch opcode {
                case 0:
                    let length = reader.uleb()
                    let operands = reader.position
                    let operation = length > 0 ? reader.u8() : 0
                    guard length <= UInt64(reader.end - operands) else { return nil }
                    if operation == 2 {
                        // The second address of a sequence may be a lower one.
                        guard !hasAddress, address == 0 else { return nil }
                        address = reader.address(size: Int(length) - 1)
                        guard !reader.failed, address < farthest else { return nil }
                        hasAddress = true
                        low = address
                    }
                    reader.seek(to: operands + Int(length))
                    if operation == 1 { return (reader.position, low, address) }
                case 1, 6, 7, 10, 11: break
                case 2:
                    let count = reader.uleb().multipliedReportingOverflow(by: UInt64(header.minimumInstructionLength))
                    guard !count.overflow, count.partialValue < farthest else { return nil }
                    address &+= count.partialValue
                    guard address < farthest else { return nil }
                case 3, 4, 5: reader.skipLEB()
                case 8: address &+= advances[255]
                case 9: address &+= UInt64(reader.u16())
                default: for _ in 0..<header.operandCount(of: opcode) { reader.skipLEB() }
                }
            }
            return nil
        }
    }

    /// Runs what stands in `range`, whole sequences.
    private func run(
        _ range: Range<Int>, _ moves: [Move], _ wanted: UnsafeBufferPointer<UInt64>,
        _ result: UnsafeMutableBufferPointer<Row?>
    ) {
        guard let last = wanted.last else { return }
        let minimum = UInt64(header.minimumInstructionLength)
        let operations = UInt64(max(header.maximumOperations, 1))
        let opcodeBase = header.opcodeBase
        // DW_LNS_const_add_pc moves as special opcode 255 does.
        let constantAdvance = moves[255].address
        var reader = ByteReader(section, at: range.lowerBound, end: range.upperBound)
        var registers = Registers()
        var previous = Registers()
        // A row has been seen in this sequence, and the sequence was not dropped by the linker.
        var hasPrevious = false
        var isLive = true
        var next = 0
        var nextWanted = UInt64.max

        @inline(__always) func advance(_ count: UInt64) {
            if operations == 1 {
                registers.address &+= count &* minimum
            } else {
                let sum = registers.operationIndex &+ count
                registers.address &+= minimum &* (sum / operations)
                registers.operationIndex = sum % operations
            }
        }
        func seek() {
            next = SymbolTable.lowerBound(wanted, registers.address)
            nextWanted = next < wanted.count ? wanted[next] : .max
        }
        /// Answers what lies between the previous row and this one.
        func answer() {
            while next < wanted.count, wanted[next] < registers.address {
                if result[next].map({ $0.address <= previous.address }) ?? true {
                    result[next] = Row(
                        address: previous.address, file: previous.file, line: previous.line, column: previous.column)
                }
                next += 1
            }
            nextWanted = next < wanted.count ? wanted[next] : .max
        }
        @inline(__always) func row() {
            if hasPrevious, isLive {
                if registers.address > nextWanted { answer() }
                // Addresses may only grow in a sequence; a damaged one starts anew.
                if registers.address < previous.address { seek() }
            } else {
                isLive = registers.address != 0 && registers.address < UInt64.max - 1 && registers.address <= last
                if isLive { seek() }
                hasPrevious = true
            }
            previous = registers
        }

        while !reader.isAtEnd {
            let opcode = reader.u8()
            if opcode >= opcodeBase {
                let move = moves[Int(opcode)]
                advance(move.address)
                registers.line &+= move.line
                row()
                continue
            }
            switch opcode {
            case 0:
                let length = reader.uleb()
                let start = reader.position
                let operation = length > 0 ? reader.u8() : 0
                switch operation {
                case 1:
                    // DW_LNE_end_sequence: its address is the first behind the sequence.
                    if hasPrevious, isLive, registers.address > nextWanted { answer() }
                    registers = Registers()
                    hasPrevious = false
                    isLive = true
                    nextWanted = .max
                case 2:
                    registers.address = reader.address(size: Int(truncatingIfNeeded: length &- 1))
                    registers.operationIndex = 0
                default: break
                }
                // DW_LNE_define_file, DW_LNE_set_discriminator and vendors' operations change nothing here.
                guard length <= UInt64(reader.end - start) else { return }
                reader.seek(to: start + Int(length))
            case 1: row()
            case 2: advance(reader.uleb())
            case 3: registers.line &+= UInt64(bitPattern: reader.sleb())
            case 4: registers.file = reader.uleb()
            case 5: registers.column = reader.uleb()
            case 6, 7, 10, 11: break
            case 8: advance(constantAdvance)
            case 9:
                registers.address &+= UInt64(reader.u16())
                registers.operationIndex = 0
            default:
                // DW_LNS_set_isa and those of later versions: the header tells how many operands to skip.
                for _ in 0..<header.operandCount(of: opcode) { _ = reader.uleb() }
            }
        }
    }
}
