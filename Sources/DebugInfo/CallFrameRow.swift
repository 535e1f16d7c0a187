import CElfutils
import Glibc
import ProcessModel
import Unwinding

/// One row of call frame information as libdw has computed it, turned into an `UnwindRule`.
enum CallFrameRow {
    /// Operations of one expression, at most; more are not believed.
    static let operationLimit = 1024

    /// The rule at a link-time address; nil when `frames` (`Dwarf_CFI *`) does not cover it or is damaged there.
    static func rule(_ frames: OpaquePointer, _ address: Address) -> UnwindRule? {
        var row: OpaquePointer?
        guard dwarf_cfi_addrframe(frames, address.rawValue, &row) == 0, let row else { return nil }
        // "The caller must free": dwarf_cfi_addrframe allocates each row with malloc (libdw.h).
        defer { free(UnsafeMutableRawPointer(row)) }
        var isSignalFrame = false
        guard dwarf_frame_info(row, nil, nil, &isSignalFrame) >= 0, let cfa = canonicalFrameAddress(row),
            let returnAddress = register(row, X86Register.returnAddress)
        else { return nil }
        var rule = UnwindRule(
            canonicalFrameAddress: cfa, returnAddress: returnAddress, isSignalFrame: isSignalFrame)
        // libdw's table of the x86-64 ABI (elfutils 0.188, backends/x86_64_cfi.c) means rbx where it says register 0,
        // which is rax: what no row mentions comes as "same value" for rax and as "undefined" for rbx. No compiler says
        // that rax is preserved, so that this tells the library that has the mistake.
        let swapsRBX = register(row, X86Register.rax) == .sameValue
        for number in 0..<X86Register.returnAddress {
            guard let registerRule = register(row, number) else { return nil }
            if swapsRBX, number == X86Register.rax { continue }
            if swapsRBX, number == X86Register.rbx, registerRule == .undefined { continue }
            if registerRule != inherent(number) { rule.registers[UInt8(number)] = registerRule }
        }
        return rule
    }

    /// The rule that a register has without being mentioned. libdw takes it from its x86-64 backend's table
    /// (elfutils backends/x86_64_cfi.c): callee-saved registers keep their value, rsp is the CFA, all others are lost.
    private static func inherent(_ number: Int) -> UnwindRule.RegisterRule {
        switch number {
        case X86Register.rbx, X86Register.rbp, X86Register.r12, X86Register.r13, X86Register.r14, X86Register.r15:
            .sameValue
        case X86Register.rsp: .valueOffset(0)
        default: .undefined
        }
    }

    private static func canonicalFrameAddress(_ row: OpaquePointer) -> UnwindRule.CanonicalFrameAddress? {
        var operations: UnsafeMutablePointer<Dwarf_Op>?
        var count = 0
        guard dwarf_frame_cfa(row, &operations, &count) == 0, count > 0, let operations else { return nil }
        if count == 1 {
            let only = operations[0]
            switch only.atom {
            case ExpressionOpcode.baseRegister0...ExpressionOpcode.baseRegister31:
                return .register(
                    only.atom - ExpressionOpcode.baseRegister0, offset: Int64(bitPattern: only.number))
            case ExpressionOpcode.baseRegisterNumbered where only.number < X86Register.count:
                return .register(UInt8(only.number), offset: Int64(bitPattern: only.number2))
            default: break
            }
        }
        return expression(operations, count).map { .expression($0) }
    }

    /// Nil when libdw reports an error, or when the expression is too long or malformed.
    private static func register(_ row: OpaquePointer, _ number: Int) -> UnwindRule.RegisterRule? {
        var memory: InlineArray<3, Dwarf_Op> = .init(repeating: Dwarf_Op())
        var span = memory.mutableSpan
        return span.withUnsafeMutableBufferPointer { buffer -> UnwindRule.RegisterRule? in
            guard let own = buffer.baseAddress else { return nil }
            var operations: UnsafeMutablePointer<Dwarf_Op>?
            var count = 0
            guard dwarf_frame_register(row, Int32(number), own, &operations, &count) == 0 else { return nil }
            // Without operations: the caller's array back means undefined, NULL means unchanged (libdw.h).
            guard count > 0, let operations else { return operations == nil ? .sameValue : .undefined }
            return rule(operations, count)
        }
    }

    private static func rule(_ operations: UnsafeMutablePointer<Dwarf_Op>, _ count: Int) -> UnwindRule.RegisterRule? {
        let first = operations[0]
        switch first.atom {
        case ExpressionOpcode.register0...ExpressionOpcode.register31 where count == 1:
            return .register(first.atom - ExpressionOpcode.register0)
        case ExpressionOpcode.registerNumbered where count == 1 && first.number < X86Register.count:
            return .register(UInt8(first.number))
        case ExpressionOpcode.callFrameCFA:
            if let offset = offsetFromCFA(operations, count) { return offset }
        default: break
        }
        var length = count
        let isValue = operations[count - 1].atom == ExpressionOpcode.stackValue
        if isValue { length -= 1 }
        guard let parts = expression(operations, length) else { return nil }
        return isValue ? .valueExpression(parts) : .expression(parts)
    }

    /// The forms in which libdw gives "at the CFA plus an offset" and "the CFA plus an offset".
    private static func offsetFromCFA(
        _ operations: UnsafeMutablePointer<Dwarf_Op>, _ count: Int
    ) -> UnwindRule.RegisterRule? {
        var offset: Int64 = 0
        var index = 1
        if index < count, operations[index].atom == ExpressionOpcode.plusConstant {
            offset = Int64(bitPattern: operations[index].number)
            index += 1
        }
        if index == count { return .offset(offset) }
        if index + 1 == count, operations[index].atom == ExpressionOpcode.stackValue { return .valueOffset(offset) }
        return nil
    }

    private static func expression(
        _ operations: UnsafeMutablePointer<Dwarf_Op>, _ count: Int
    ) -> [ExpressionOperation]? {
        guard count <= operationLimit else { return nil }
        var result: [ExpressionOperation] = []
        result.reserveCapacity(count)
        for index in 0..<count {
            let operation = operations[index]
            var first = operation.number
            if operation.atom == ExpressionOpcode.skip || operation.atom == ExpressionOpcode.branch {
                guard let target = target(of: operation, operations, count) else { return nil }
                first = UInt64(target)
            }
            result.append(
                ExpressionOperation(opcode: operation.atom, operand1: first, operand2: operation.number2))
        }
        return result
    }

    /// The index of the operation that a branch goes to: `number` is the distance in bytes from the end of the branch,
    /// which is 3 bytes long. A branch to the end goes to one past the last; only libdw knows the expression's length,
    /// so that everything behind the last operation counts as the end.
    private static func target(
        of branch: Dwarf_Op, _ operations: UnsafeMutablePointer<Dwarf_Op>, _ count: Int
    ) -> Int? {
        let distance = Int64(Int16(truncatingIfNeeded: branch.number))
        let offset = Int64(clamping: branch.offset) + 3 + distance
        guard offset >= 0 else { return nil }
        if let index = (0..<count).first(where: { Int64(clamping: operations[$0].offset) == offset }) { return index }
        return offset > Int64(clamping: operations[count - 1].offset) ? count : nil
    }
}
