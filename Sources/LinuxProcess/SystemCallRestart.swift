import ProcessModel

extension SystemCall {
    /// A call whose number says restart_syscall, with the number of the call that is restarted where the code shows it.
    ///
    /// After a stop the kernel goes on with a timed wait as restart_syscall, with the arguments of the first call still
    /// in the registers. When libc loads the number as a constant directly before the `syscall` instruction
    /// (`mov $n, %eax`), as glibc's internal calls do, it stands in the code before `pc`. Callers of libc's
    /// `syscall()` give no such constant, and the number stays 219.
    ///
    /// - Parameter pc: the thread's instruction pointer, which is behind the `syscall` instruction.
    public func withoutRestart(pc: Address?, memory: any MemorySource) -> SystemCall {
        guard number == SystemCallNumber.restartSyscall, let pc, let code = memory.bytes(pc - 7, count: 7),
            code[0] == 0xb8, code[5] == 0x0f, code[6] == 0x05,
            let original = code.span.bytes.integer(at: 1, as: UInt32.self), original < 1024
        else { return self }
        return SystemCall(number: Int(original), arguments: arguments)
    }
}
