import ProcessModel

/// One operation of a DWARF expression (DWARF 5, section 2.5), operands already read.
///
/// The operands are those of the standard, signed ones sign-extended, with one exception: DW_OP_skip and DW_OP_bra have
/// in `operand1` the index of the operation they go to (the count of operations for the end), not a distance in bytes.
public struct ExpressionOperation: Hashable, Sendable {
    /// DW_OP_…
    public var opcode: UInt8
    public var operand1: UInt64
    public var operand2: UInt64

    public init(opcode: UInt8, operand1: UInt64 = 0, operand2: UInt64 = 0) {
        self.opcode = opcode
        self.operand1 = operand1
        self.operand2 = operand2
    }
}

/// How to get from one frame to the next one out, for one pc: a row of the call frame information
/// (DWARF 5, section 6.4).
public struct UnwindRule: Hashable, Sendable {
    /// How the canonical frame address is computed.
    public enum CanonicalFrameAddress: Hashable, Sendable {
        /// A register, by DWARF number, plus an offset.
        case register(UInt8, offset: Int64)
        case expression([ExpressionOperation])
    }

    /// Where the caller's value of one register is (DWARF 5, section 6.4.1).
    public enum RegisterRule: Hashable, Sendable {
        case undefined
        case sameValue
        /// In memory at the CFA plus an offset.
        case offset(Int64)
        /// The CFA plus an offset itself.
        case valueOffset(Int64)
        case register(UInt8)
        /// In memory at the address that the expression gives; the CFA is on its stack at the start.
        case expression([ExpressionOperation])
        case valueExpression([ExpressionOperation])
    }

    public var canonicalFrameAddress: CanonicalFrameAddress
    /// `undefined` marks the outermost frame.
    public var returnAddress: RegisterRule
    /// The callee-saved registers that have a rule, by DWARF number; those not listed keep their value if the psABI
    /// says callee-saved, and are unknown otherwise.
    public var registers: [UInt8: RegisterRule]
    /// The caller was interrupted, not calling: its pc is an instruction, not a return address.
    public var isSignalFrame: Bool
    public var trust: Trust

    public init(
        canonicalFrameAddress: CanonicalFrameAddress, returnAddress: RegisterRule,
        registers: [UInt8: RegisterRule] = [:], isSignalFrame: Bool = false, trust: Trust = .cfi
    ) {
        self.canonicalFrameAddress = canonicalFrameAddress
        self.returnAddress = returnAddress
        self.registers = registers
        self.isSignalFrame = isSignalFrame
        self.trust = trust
    }
}

/// Gives the rule for an address. Conformers: a libdw session, its isolated child, tables made by hand in tests.
public protocol UnwindRuleSource: AnyObject {
    /// One answer for each address, in order; nil where there is no call frame information.
    ///
    /// `lookups` are instructions: the caller has subtracted one from return addresses.
    func unwindRules(for lookups: [Address]) -> [UnwindRule?]
}
