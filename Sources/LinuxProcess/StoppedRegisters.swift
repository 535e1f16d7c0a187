import CLinux
import Glibc
import ProcessModel

extension RegisterSet {
    /// All registers of a stopped thread.
    init(_ registers: user_regs_struct) {
        self.init()
        self[X86Register.rax] = UInt64(registers.rax)
        self[X86Register.rdx] = UInt64(registers.rdx)
        self[X86Register.rcx] = UInt64(registers.rcx)
        self[X86Register.rbx] = UInt64(registers.rbx)
        self[X86Register.rsi] = UInt64(registers.rsi)
        self[X86Register.rdi] = UInt64(registers.rdi)
        self[X86Register.rbp] = UInt64(registers.rbp)
        self[X86Register.rsp] = UInt64(registers.rsp)
        self[X86Register.r8] = UInt64(registers.r8)
        self[X86Register.r9] = UInt64(registers.r9)
        self[X86Register.r10] = UInt64(registers.r10)
        self[X86Register.r11] = UInt64(registers.r11)
        self[X86Register.r12] = UInt64(registers.r12)
        self[X86Register.r13] = UInt64(registers.r13)
        self[X86Register.r14] = UInt64(registers.r14)
        self[X86Register.r15] = UInt64(registers.r15)
        self[X86Register.returnAddress] = UInt64(registers.rip)
    }
}

extension user_regs_struct {
    /// The call that the thread was blocked in when it was stopped, and goes back to by itself.
    ///
    /// orig_rax is the call's number (-1 outside of calls); rax then holds one of the kernel's restart codes, which
    /// never reach the program (include/linux/errno.h: ERESTARTSYS 512, ERESTARTNOINTR 513, ERESTARTNOHAND 514,
    /// ERESTART_RESTARTBLOCK 516).
    var blockedCall: SystemCall? {
        [-512, -513, -514, -516].contains(Int64(bitPattern: UInt64(rax))) ? anyCall : nil
    }

    /// The call that ended with EINTR just now, perhaps because of our stop.
    var interruptedCall: SystemCall? { Int64(bitPattern: UInt64(rax)) == -Int64(EINTR) ? anyCall : nil }

    /// The call that the thread was blocked in until the stop, whether it goes back to it or the stop has ended it.
    ///
    /// Outside of calls orig_rax is negative: a thread that had gone on after EINTR and was then stopped has none.
    var callBeforeStop: SystemCall? {
        if let call = blockedCall { return call }
        guard let call = interruptedCall, InterruptibleCall.name(of: call.number) != nil else { return nil }
        return call
    }

    private var anyCall: SystemCall? {
        let number = Int64(bitPattern: UInt64(orig_rax))
        guard number >= 0 else { return nil }
        return SystemCall(
            number: Int(number),
            arguments: [UInt64(rdi), UInt64(rsi), UInt64(rdx), UInt64(r10), UInt64(r8), UInt64(r9)])
    }

    /// The code segment of 64-bit programs (__USER_CS, arch/x86/include/asm/segment.h).
    var runs64BitCode: Bool { cs == 0x33 }
}
