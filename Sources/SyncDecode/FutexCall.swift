import ProcessModel

/// The arguments of futex(2) by which a thread waits. Numbers are those of linux/futex.h.
struct FutexCall: Hashable {
    enum Operation: UInt32 {
        case wait = 0
        case lockPI = 6
        case waitBitset = 9
        case waitRequeuePI = 11
        case lockPI2 = 13
    }

    var address: Address
    var operation: Operation
    /// FUTEX_PRIVATE_FLAG: only threads of this process can wake it.
    var isPrivate: Bool
    /// FUTEX_CLOCK_REALTIME: an absolute timeout is of that clock.
    var usesRealtimeClock: Bool
    /// The value that the word had when the wait began; 0 for PI locks, where the kernel ignores it.
    var value: UInt32
    /// Address of the struct timespec; nil without timeout.
    var timeout: Address?

    /// Nil when the call is not futex(2), or is one of its operations that do not wait.
    init?(_ call: SystemCall) {
        guard call.arguments.count >= 3 else { return nil }
        switch call.number {
        case SystemCallNumber.futex: self.init(arguments: call.arguments)
        case SystemCallNumber.futexWait: self.init(waitArguments: call.arguments)
        default: return nil
        }
    }

    /// The futex call behind restart_syscall(2), whose arguments are still in the registers. Only waits with a timeout
    /// are restarted that way, so the timeout's address must be there and the operation exact.
    init?(restarted call: SystemCall) {
        guard call.number == SystemCallNumber.restartSyscall, call.arguments.count >= 4,
            let futex = FutexCall(arguments: call.arguments), futex.timeout != nil
        else { return nil }
        switch futex.operation {
        case .wait: break
        case .waitBitset:
            guard call.arguments.count < 6 || UInt32(truncatingIfNeeded: call.arguments[5]) != 0 else { return nil }
        default: return nil
        }
        self = futex
    }

    private init?(arguments: [UInt64]) {
        let raw = UInt32(truncatingIfNeeded: arguments[1])
        guard raw & ~UInt32(0x1ff) == 0, let operation = Operation(rawValue: raw & 0x7f),
            arguments[0] != 0, arguments[0] & 3 == 0
        else { return nil }
        address = Address(arguments[0])
        self.operation = operation
        isPrivate = raw & 0x80 != 0
        usesRealtimeClock = raw & 0x100 != 0
        value = UInt32(truncatingIfNeeded: arguments[2])
        timeout = arguments.count > 3 && arguments[3] != 0 ? Address(arguments[3]) : nil
    }

    /// futex_wait(2): address, value, mask, flags, timeout, clock.
    private init?(waitArguments arguments: [UInt64]) {
        guard arguments.count >= 6, arguments[0] != 0 else { return nil }
        address = Address(arguments[0])
        operation = .waitBitset
        value = UInt32(truncatingIfNeeded: arguments[1])
        isPrivate = arguments[3] & 0x80 != 0
        timeout = arguments[4] != 0 ? Address(arguments[4]) : nil
        usesRealtimeClock = arguments[5] == 0
    }

    var isPriorityInheriting: Bool { operation == .lockPI || operation == .lockPI2 }

    /// "futex 0x7f00 (WAIT_BITSET, private, value 2)"
    var description: String {
        let name =
            switch operation {
            case .wait: "WAIT"
            case .lockPI: "LOCK_PI"
            case .waitBitset: "WAIT_BITSET"
            case .waitRequeuePI: "WAIT_REQUEUE_PI"
            case .lockPI2: "LOCK_PI2"
            }
        let scope = isPrivate ? "private" : "shared"
        if isPriorityInheriting { return "futex \(address) (\(name), \(scope))" }
        let digits = value < 0x10000 ? String(value) : "0x" + String(value, radix: 16)
        return "futex \(address) (\(name), \(scope), value \(digits))"
    }
}
