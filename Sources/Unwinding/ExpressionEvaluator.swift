import ProcessModel

/// Runs DWARF expressions of call frame information on one frame's registers and memory, within fixed bounds: whatever
/// the bytes of a hostile file say, it ends after `stepLimit` operations and needs no more than its fixed stack.
public final class ExpressionEvaluator {
    /// Values on the stack. Compilers and hand-written tables use fewer than 10.
    public static let stackLimit = 64
    /// Operations run, branches counted each time.
    public static let stepLimit = 4096

    private let stack: UnsafeMutablePointer<UInt64>
    private var depth = 0

    public init() {
        stack = .allocate(capacity: Self.stackLimit)
        stack.initialize(repeating: 0, count: Self.stackLimit)
    }

    deinit { stack.deallocate() }

    /// The value on top of the stack when `operations` have run. `initial`, the CFA for a register's rule, lies on the
    /// stack at the start.
    public func evaluate(
        _ operations: [ExpressionOperation], registers: RegisterSet, memory: any MemorySource, initial: UInt64? = nil
    ) throws(UnwindingError) -> UInt64 {
        let file = RegisterFile()
        file.load(registers)
        return try evaluate(operations, file, WalkerMemory(source: memory), initial: initial)
    }

    func evaluate(
        _ operations: [ExpressionOperation], _ registers: RegisterFile, _ memory: WalkerMemory, initial: UInt64?
    ) throws(UnwindingError) -> UInt64 {
        depth = 0
        if let initial { try push(initial, 0) }
        var steps = 0
        var index = 0
        while index < operations.count {
            steps += 1
            guard steps <= Self.stepLimit else { throw .tooManySteps(limit: Self.stepLimit) }
            let operation = operations[index]
            switch operation.opcode {
            case ExpressionOpcode.skip:
                index = try target(operation, operations.count, index)
                continue
            case ExpressionOpcode.branch:
                if try pop(index) != 0 {
                    index = try target(operation, operations.count, index)
                    continue
                }
            case ExpressionOpcode.baseRegister0...ExpressionOpcode.baseRegister31:
                let number = Int(operation.opcode - ExpressionOpcode.baseRegister0)
                guard let value = registers[number] else { throw .unknownRegister(number) }
                try push(value &+ operation.operand1, index)
            case ExpressionOpcode.baseRegisterNumbered:
                let number = Int(clamping: operation.operand1)
                guard let value = registers[number] else { throw .unknownRegister(number) }
                try push(value &+ operation.operand2, index)
            case ExpressionOpcode.callFrameCFA:
                // libdw begins a register's expression with it; elsewhere in call frame information it is forbidden.
                guard index == 0, initial != nil else {
                    throw .unknownOperation(opcode: operation.opcode, index: index)
                }
            case ExpressionOpcode.dereference:
                try push(load(try pop(index), 8, memory), index)
            case ExpressionOpcode.dereferenceSize:
                guard [1, 2, 4, 8].contains(operation.operand1) else {
                    throw .unknownOperation(opcode: operation.opcode, index: index)
                }
                try push(load(try pop(index), operation.operand1, memory), index)
            case ExpressionOpcode.address, ExpressionOpcode.const1u...ExpressionOpcode.consts:
                try push(operation.operand1, index)
            case ExpressionOpcode.literal0...ExpressionOpcode.literal31:
                try push(UInt64(operation.opcode - ExpressionOpcode.literal0), index)
            case ExpressionOpcode.noOperation: break
            default: try compute(operation, index)
            }
            index += 1
        }
        return try pop(operations.count)
    }

    /// The operations on the stack alone.
    private func compute(_ operation: ExpressionOperation, _ index: Int) throws(UnwindingError) {
        switch operation.opcode {
        case ExpressionOpcode.duplicate: try pick(0, index)
        case ExpressionOpcode.over: try pick(1, index)
        case ExpressionOpcode.pick: try pick(Int(clamping: operation.operand1), index)
        case ExpressionOpcode.drop: _ = try pop(index)
        case ExpressionOpcode.swap:
            let (below, top) = try pair(index)
            try push(top, index)
            try push(below, index)
        case ExpressionOpcode.rotate:
            let first = try pop(index)
            let second = try pop(index)
            let third = try pop(index)
            try push(first, index)
            try push(third, index)
            try push(second, index)
        case ExpressionOpcode.absolute: try push(Int64(bitPattern: try pop(index)).magnitude, index)
        case ExpressionOpcode.negate: try push(0 &- (try pop(index)), index)
        case ExpressionOpcode.not: try push(~(try pop(index)), index)
        case ExpressionOpcode.plusConstant: try push(try pop(index) &+ operation.operand1, index)
        default:
            guard (ExpressionOpcode.and...ExpressionOpcode.notEqual).contains(operation.opcode) else {
                throw .unknownOperation(opcode: operation.opcode, index: index)
            }
            let (left, right) = try pair(index)
            try push(binary(operation.opcode, left, right, index), index)
        }
    }

    private func binary(
        _ opcode: UInt8, _ left: UInt64, _ right: UInt64, _ index: Int
    ) throws(UnwindingError) -> UInt64 {
        let (signedLeft, signedRight) = (Int64(bitPattern: left), Int64(bitPattern: right))
        switch opcode {
        case ExpressionOpcode.and: return left & right
        case ExpressionOpcode.or: return left | right
        case ExpressionOpcode.xor: return left ^ right
        case ExpressionOpcode.plus: return left &+ right
        case ExpressionOpcode.minus: return left &- right
        case ExpressionOpcode.multiply: return left &* right
        case ExpressionOpcode.divide:
            guard right != 0 else { throw .divisionByZero(index: index) }
            // Signed; the one quotient that does not fit wraps.
            return UInt64(bitPattern: signedLeft.dividedReportingOverflow(by: signedRight).partialValue)
        case ExpressionOpcode.modulo:
            guard right != 0 else { throw .divisionByZero(index: index) }
            return left % right
        case ExpressionOpcode.shiftLeft: return left << right
        case ExpressionOpcode.shiftRight: return left >> right
        case ExpressionOpcode.shiftRightArithmetic: return UInt64(bitPattern: signedLeft >> right)
        case ExpressionOpcode.equal: return signedLeft == signedRight ? 1 : 0
        case ExpressionOpcode.notEqual: return signedLeft != signedRight ? 1 : 0
        case ExpressionOpcode.less: return signedLeft < signedRight ? 1 : 0
        case ExpressionOpcode.lessOrEqual: return signedLeft <= signedRight ? 1 : 0
        case ExpressionOpcode.greater: return signedLeft > signedRight ? 1 : 0
        case ExpressionOpcode.greaterOrEqual: return signedLeft >= signedRight ? 1 : 0
        default: throw .unknownOperation(opcode: opcode, index: index)
        }
    }

    private func load(_ address: UInt64, _ size: UInt64, _ memory: WalkerMemory) throws(UnwindingError) -> UInt64 {
        if size == 8, let word = memory.word(address) { return word }
        var value: UInt64 = 0
        let count = withUnsafeMutableBytes(of: &value) {
            memory.read(address, into: UnsafeMutableRawBufferPointer(rebasing: $0[..<Int(size)]))
        }
        guard count == Int(size) else { throw .unreadable(Address(address)) }
        return UInt64(littleEndian: value)
    }

    private func target(_ operation: ExpressionOperation, _ count: Int, _ index: Int) throws(UnwindingError) -> Int {
        guard operation.operand1 <= UInt64(count) else { throw .branchOutside(index: index) }
        return Int(operation.operand1)
    }

    private func push(_ value: UInt64, _ index: Int) throws(UnwindingError) {
        guard depth < Self.stackLimit else { throw .stackOverflow(index: index) }
        stack[depth] = value
        depth += 1
    }

    private func pop(_ index: Int) throws(UnwindingError) -> UInt64 {
        guard depth > 0 else { throw .stackUnderflow(index: index) }
        depth -= 1
        return stack[depth]
    }

    private func pair(_ index: Int) throws(UnwindingError) -> (below: UInt64, top: UInt64) {
        let top = try pop(index)
        return (try pop(index), top)
    }

    private func pick(_ distance: Int, _ index: Int) throws(UnwindingError) {
        guard distance < depth else { throw .stackUnderflow(index: index) }
        try push(stack[depth - 1 - distance], index)
    }
}
