import ProcessModel

/// `/proc/PID/task/TID/syscall` (proc_pid_syscall(5)): where a thread that does not run stands.
///
///     running
///     -1 0x7ffe0010 0x7f0042                                  blocked, but not in a system call (a page fault)
///     202 0x7f00 0x189 0x0 0x0 0x0 0xffffffff 0x7ffe0010 0x7f0042
enum TaskSystemCall: Equatable {
    case running
    case blocked(call: SystemCall?, stackPointer: Address, programCounter: Address)

    /// Nil for a thread that runs.
    var place: Address? { if case .blocked(_, _, let programCounter) = self { programCounter } else { nil } }

    /// Nil when the bytes do not have the form.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        var scanner = ByteScanner(bytes)
        if scanner.current == UInt8(ascii: "r") {
            self = .running
            return
        }
        guard let number = scanner.signedDecimal() else { return nil }
        var call: SystemCall?
        if number >= 0 {
            var arguments: [UInt64] = []
            arguments.reserveCapacity(6)
            for _ in 0..<6 {
                scanner.skipSpaces()
                guard let argument = scanner.hexadecimal() else { return nil }
                arguments.append(argument)
            }
            call = SystemCall(number: Int(number), arguments: arguments)
        }
        scanner.skipSpaces()
        guard let stackPointer = scanner.hexadecimal() else { return nil }
        scanner.skipSpaces()
        guard let programCounter = scanner.hexadecimal() else { return nil }
        self = .blocked(
            call: call, stackPointer: Address(stackPointer), programCounter: Address(programCounter))
    }
}

extension SchedulerCounters {
    /// `/proc/PID/task/TID/schedstat`: time on a CPU, time waiting for one, how often it was given one (the kernel's
    /// Documentation/scheduler/sched-stats.rst). Nil when the bytes do not have the form.
    init?(schedstat bytes: UnsafeBufferPointer<UInt8>) {
        var scanner = ByteScanner(bytes)
        guard let cpu = scanner.decimal(), scanner.skip(.space), scanner.decimal() != nil, scanner.skip(.space),
            let runs = scanner.decimal()
        else { return nil }
        self.init(cpuNanoseconds: cpu, runs: runs)
    }
}

extension RegisterSet {
    /// What is known of a thread that is blocked in `call`, without a stop.
    ///
    /// The kernel keeps the argument registers, and `syscall` leaves the address behind itself in rcx (System V ABI
    /// AMD64 supplement, A.2.1; Intel SDM, SYSCALL). rax is unknown: the call has not returned.
    init(blockedIn call: SystemCall?, stackPointer: Address, programCounter: Address) {
        self.init()
        self[X86Register.rsp] = stackPointer.rawValue
        self[X86Register.returnAddress] = programCounter.rawValue
        guard let call, call.arguments.count == 6 else { return }
        let order = [
            X86Register.rdi, X86Register.rsi, X86Register.rdx, X86Register.r10, X86Register.r8, X86Register.r9,
        ]
        for (register, argument) in zip(order, call.arguments) { self[register] = argument }
    }
}
