import ProcessModel

/// The registers of the frame in hand, in plain memory for the walk's inner loop.
///
/// A register is in one of three states: known; absent, because the capture did not have it and no frame has saved it
/// so far; or lost, because the frames so far do not preserve it. Only an absent one can be had by stopping the thread.
final class RegisterFile {
    /// Those that a function preserves for its caller, rsp included (psABI AMD64, figure 3.4).
    static let calleeSaved: UInt32 =
        1 << UInt32(X86Register.rbx) | 1 << UInt32(X86Register.rbp) | 1 << UInt32(X86Register.rsp)
        | 1 << UInt32(X86Register.r12) | 1 << UInt32(X86Register.r13) | 1 << UInt32(X86Register.r14)
        | 1 << UInt32(X86Register.r15)

    /// X86Register.count values; those not in `known` hold nothing meaningful.
    let values: UnsafeMutablePointer<UInt64>
    /// `known` and `absent`, behind a pointer, so that the inner loop needs no checks of exclusive access.
    private let marks: UnsafeMutablePointer<(known: UInt32, absent: UInt32)>

    var known: UInt32 {
        @inline(__always) get { marks.pointee.known }
        @inline(__always) set { marks.pointee.known = newValue }
    }
    var absent: UInt32 {
        @inline(__always) get { marks.pointee.absent }
        @inline(__always) set { marks.pointee.absent = newValue }
    }

    init() {
        marks = .allocate(capacity: 1)
        marks.initialize(to: (0, 0))
        values = .allocate(capacity: X86Register.count)
        values.initialize(repeating: 0, count: X86Register.count)
    }

    deinit {
        values.deallocate()
        marks.deallocate()
    }

    func load(_ registers: RegisterSet) {
        known = 0
        for number in 0..<X86Register.count {
            guard let value = registers[number] else { continue }
            values[number] = value
            known |= 1 << UInt32(number)
        }
        absent = ~known & (1 << UInt32(X86Register.count) - 1)
    }

    var registerSet: RegisterSet {
        var registers = RegisterSet()
        for number in 0..<X86Register.count { registers[number] = self[number] }
        return registers
    }

    /// The value of DWARF register `number`; nil when it is not known or there is no such register.
    subscript(number: Int) -> UInt64? {
        @inline(__always) get {
            number >= 0 && number < X86Register.count && known & (1 << UInt32(truncatingIfNeeded: number)) != 0
                ? values[number] : nil
        }
    }

    /// Sets or, with nil, loses a register. `number` must be one of 0...16.
    @inline(__always) func set(_ number: Int, _ value: UInt64?) {
        let bit: UInt32 = 1 << UInt32(truncatingIfNeeded: number)
        absent &= ~bit
        if let value {
            values[number] = value
            known |= bit
        } else {
            known &= ~bit
        }
    }

    func isAbsent(_ number: Int) -> Bool {
        number >= 0 && number < X86Register.count && absent & (1 << UInt32(number)) != 0
    }

    /// Loses all but rsp: what a guess leaves.
    func loseAllButStackPointer() {
        known &= 1 << UInt32(X86Register.rsp)
        absent = 0
    }
}
