import Glibc
import ProcessModel

/// One NT_PRSTATUS note: struct elf_prstatus of x86-64 (<sys/procfs.h>, <sys/user.h>).
struct CoreThread {
    static let noteSize = 336

    var id: ThreadID
    /// pr_cursig: the signal that the thread was ending with; 0 in a core of a live process.
    var signal: Int
    var registers: RegisterSet
    /// orig_rax: the number of the system call that the thread was in, negative when in none.
    var systemCallNumber: Int64
    var threadPointer: Address
    var signalInformation: CoreSignalInformation?

    /// Where user_regs_struct (at 112, 27 words) holds the registers, in the order of their DWARF numbers.
    private static let places = [10, 12, 11, 5, 13, 14, 4, 19, 9, 8, 7, 6, 3, 2, 1, 0, 16]

    init?(_ note: RawSpan) {
        guard note.byteCount >= Self.noteSize, let signal = note.integer(at: 12, as: Int16.self),
            let id = note.integer(at: 32, as: Int32.self), id > 0
        else { return nil }
        func word(_ index: Int) -> UInt64 { note.integer(at: 112 + index * 8) ?? 0 }
        self.id = ThreadID(id)
        self.signal = Int(signal)
        registers = RegisterSet()
        for (number, place) in Self.places.enumerated() { registers[number] = word(place) }
        systemCallNumber = Int64(bitPattern: word(15))
        threadPointer = Address(word(21))
    }

    /// The system call that the thread was blocked in, by its registers; nil when it ran in user code.
    ///
    /// A blocked call that a fatal signal or a tracer wakes leaves its number in orig_rax, its arguments in place, and
    /// one of the kernel's restart codes in rax: 512 ERESTARTSYS, 513 ERESTARTNOINTR, 514 ERESTARTNOHAND,
    /// 516 ERESTART_RESTARTBLOCK (include/linux/errno.h), or EINTR for calls that are not restarted.
    var systemCall: SystemCall? {
        guard systemCallNumber >= 0, let number = Int(exactly: systemCallNumber),
            let result = registers[X86Register.rax].map({ Int64(bitPattern: $0) }),
            [-512, -513, -514, -516, -Int64(EINTR)].contains(result)
        else { return nil }
        let order = [
            X86Register.rdi, X86Register.rsi, X86Register.rdx, X86Register.r10, X86Register.r8, X86Register.r9,
        ]
        return SystemCall(number: number, arguments: order.map { registers[$0] ?? 0 })
    }
}

/// One NT_SIGINFO note: siginfo_t (sigaction(2), <bits/types/siginfo_t.h>).
struct CoreSignalInformation: Hashable {
    var signal: Int
    var code: Int
    /// The union behind si_code: an address for faults, else the sender's process id in its low half.
    private var payload: UInt64

    init?(_ note: RawSpan) {
        guard let signal = note.integer(at: 0, as: Int32.self), let code = note.integer(at: 8, as: Int32.self),
            let payload = note.integer(at: 16, as: UInt64.self)
        else { return nil }
        self.signal = Int(signal)
        self.code = Int(code)
        self.payload = payload
    }

    /// si_addr, for the signals that have one when the processor or the kernel raised them. SI_KERNEL (0x80, for
    /// instance a non-canonical address) leaves it zero.
    var faultAddress: Address? {
        guard code > 0, code != 0x80, [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP].contains(Int32(signal)) else {
            return nil
        }
        return Address(payload)
    }

    /// si_pid, for signals that a process sent: SI_USER, SI_QUEUE, SI_TKILL (0, -1, -6).
    var sender: ProcessID? {
        guard [0, -1, -6].contains(code) else { return nil }
        let process = Int32(truncatingIfNeeded: payload)
        return process > 0 ? ProcessID(process) : nil
    }
}

/// The NT_PRPSINFO note: struct elf_prpsinfo of x86-64 (<sys/procfs.h>).
struct CoreProcess: Hashable {
    static let noteSize = 136

    var id: ProcessID
    /// The name of the program, 15 bytes at most.
    var name: String
    /// The arguments joined with spaces, 79 bytes at most.
    var arguments: String

    init?(_ note: RawSpan) {
        guard note.byteCount >= Self.noteSize, let id = note.integer(at: 24, as: Int32.self),
            let name = note.text(at: 40, limit: 16), let arguments = note.text(at: 56, limit: 80)
        else { return nil }
        self.id = ProcessID(id)
        self.name = name
        self.arguments = arguments
    }
}
