import ProcessModel

/// Looks at the bytes of x86-64 code (Intel SDM volume 2) where no table says how its frame is built.
enum CodeProbe {
    /// The longest call instruction of which the last bytes are looked at: FF /2 with SIB and disp32.
    static let callBytes = 7
    /// How many bytes from the pc on `entry` wants.
    static let entryBytes = 12

    /// What stands before an address.
    enum Call: Equatable {
        /// E8: the target is part of the instruction.
        case direct(target: UInt64)
        /// FF /2: through a register or memory.
        case indirect
    }

    /// The near call in which `code`, the 7 bytes before `address`, ends; nil when it ends in none. A direct one counts
    /// only when `isCode` accepts its target.
    static func call(_ code: [UInt8], before address: UInt64, isCode: (UInt64) -> Bool) -> Call? {
        guard code.count == callBytes else { return nil }
        if code[2] == 0xe8 {
            let distance = (0..<4).reduce(UInt32(0)) { $0 | UInt32(code[3 + $1]) << UInt32(8 * $1) }
            let target = address &+ UInt64(bitPattern: Int64(Int32(bitPattern: distance)))
            if isCode(target) { return .direct(target: target) }
        }
        for length in [2, 3, 4, 6, 7] {
            let start = callBytes - length
            guard code[start] == 0xff, indirectCallLength(code, start) == length else { continue }
            return .indirect
        }
        return nil
    }

    /// The length of the FF /2 instruction at `start`; nil when the ModRM byte is of another instruction.
    private static func indirectCallLength(_ code: [UInt8], _ start: Int) -> Int? {
        let modRM = code[start + 1]
        guard modRM >> 3 & 7 == 2 else { return nil }
        let (mode, base) = (modRM >> 6, modRM & 7)
        var length = 2
        if mode == 3 { return length }
        if base == 4 {
            guard start + 2 < code.count else { return nil }
            length += 1
            if mode == 0, code[start + 2] & 7 == 5 { length += 4 }
        } else if mode == 0, base == 5 {
            length += 4
        }
        if mode == 1 { length += 1 }
        if mode == 2 { length += 4 }
        return length
    }

    /// What stands at the top of the stack at an instruction.
    enum Entry: Equatable {
        /// The return address: before a function's first instruction, at a return, in a PLT entry.
        case returnAddress
        /// The caller's rbp, above it the return address: behind `push rbp`, or at the `pop rbp` before a return.
        case savedFramePointer
    }

    /// Tells whether an instruction is the first or last of a function, from the byte before the pc (nil when not
    /// readable) and those from it on. Nil when it cannot be told.
    static func entry(before: UInt8?, code: [UInt8]) -> Entry? {
        func starts(_ bytes: UInt8...) -> Bool { code.starts(with: bytes) }
        // endbr64; push rbp and mov rbp, rsp in both encodings.
        if starts(0xf3, 0x0f, 0x1e, 0xfa) || starts(0x55, 0x48, 0x89, 0xe5) || starts(0x55, 0x48, 0x8b, 0xec) {
            return .returnAddress
        }
        if before == 0x55, starts(0x48, 0x89, 0xe5) || starts(0x48, 0x8b, 0xec) { return .savedFramePointer }
        // ret, rep ret; pop rbp before a ret.
        if starts(0xc3) || starts(0xf3, 0xc3) { return .returnAddress }
        if starts(0x5d, 0xc3) { return .savedFramePointer }
        // A PLT entry: jmp *disp(%rip), with bnd or not; push $index and jmp.
        if starts(0xff, 0x25) || starts(0xf2, 0xff, 0x25) { return .returnAddress }
        if code.count > 6, code[0] == 0x68, code[5] == 0xe9 || (code[5] == 0xf2 && code[6] == 0xe9) {
            return .returnAddress
        }
        return nil
    }

    /// Whether the code is the end of a signal handler's run as the kernel's ABI wants it: `rt_sigreturn` (15), in the
    /// two encodings that libcs use. musl's has no call frame information.
    static func isSignalReturn(_ code: [UInt8]) -> Bool {
        code.starts(with: [0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05])
            || code.starts(with: [0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05])
    }

    /// The rule for a frame that is at such code: the stack pointer points at a `struct ucontext`, with the interrupted
    /// registers in uc_mcontext, 40 bytes in (Linux arch/x86/include/uapi/asm/sigcontext.h and ucontext.h).
    static let signalReturnRule: UnwindRule = {
        // struct sigcontext_64: r8 to r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip.
        let order = [
            X86Register.r8, X86Register.r9, X86Register.r10, X86Register.r11, X86Register.r12, X86Register.r13,
            X86Register.r14, X86Register.r15, X86Register.rdi, X86Register.rsi, X86Register.rbp, X86Register.rbx,
            X86Register.rdx, X86Register.rax, X86Register.rcx, X86Register.rsp, X86Register.returnAddress,
        ]
        func slot(_ number: Int) -> [ExpressionOperation] {
            let index = order.firstIndex(of: number) ?? 0
            let stackPointer = ExpressionOpcode.baseRegister0 + UInt8(X86Register.rsp)
            return [ExpressionOperation(opcode: stackPointer, operand1: UInt64(40 + 8 * index))]
        }
        let dereference = ExpressionOperation(opcode: ExpressionOpcode.dereference)
        var registers: [UInt8: UnwindRule.RegisterRule] = [:]
        for number in order where number != X86Register.returnAddress {
            registers[UInt8(number)] = .expression(slot(number))
        }
        return UnwindRule(
            canonicalFrameAddress: .expression(slot(X86Register.rsp) + [dereference]),
            returnAddress: .expression(slot(X86Register.returnAddress)), registers: registers, isSignalFrame: true,
            trust: .framePointer)
    }()
}
