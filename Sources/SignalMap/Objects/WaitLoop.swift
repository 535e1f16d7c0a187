import CCapstone

/// The loop around a call that waits.
struct WaitLoop {
    /// The same numbers as `dwm_loop_kind`.
    enum Kind: UInt8 {
        case none
        /// There is a way around that does nothing but wait, lock, read clocks and test: the thread does something else
        /// only when one of the exits is taken. What it stores on the way counts as its own doing.
        case pure
        case working
    }

    var call: Int32
    var function: Int32
    var kind: Kind
    /// Some way out hangs on what the wait, or its lock, returns.
    var leavesOnResult = false
    /// Some way out was not understood, or hangs on a local or on time.
    var leavesOtherwise = false
    /// A wrapper of the wait does more than wait on some way: what it calls counts as this thread's doing.
    var worksAside = false
    var predicates: [WaitPredicate] = []
}

/// A test of memory that leads out of a loop.
struct WaitPredicate: Hashable {
    /// The machine's conditions are below 16.
    static let anyCondition: UInt8 = 255

    /// Of the jump.
    var address: UInt64
    /// What it reads: into the identities of the analysis.
    var identity: Int32
    /// Into the sets of its `MemberTable`.
    var keys: UInt32?
    /// `anyCondition`: only that the outcome depends on the cell is known.
    var condition: UInt8
    var isMask: Bool
    /// The loop is left when the condition holds, or when it does not.
    var leavesWhen: Bool
    /// Bytes.
    var width: UInt8
    /// What the cell is compared with.
    var constant: Int64?
}

/// A way out of pure code: a jump, and what it tests where that is known.
struct WaitExit: Hashable {
    var address: UInt64
    var test: PathTable.Comparison?
    /// The exit is taken when the condition holds, or when it does not.
    var when: Bool
}

extension PathTable.Comparison {
    /// Whether the condition holds between two numbers; nil for conditions that hang on more than those (Intel SDM,
    /// volume 1, appendix B.1).
    func holds(_ left: Int64, _ right: Int64) -> Bool? {
        let bits = UInt64(max(1, min(width, 8))) * 8
        let mask = bits == 64 ? UInt64.max : 1 << bits - 1
        let a = UInt64(bitPattern: left) & mask
        let b = UInt64(bitPattern: right) & mask
        func signed(_ value: UInt64) -> Int64 { Int64(bitPattern: value << (64 - bits)) >> Int64(64 - bits) }
        let outcome: Bool
        if isMask {
            let both = a & b
            switch condition & 14 {
            case 4: outcome = both == 0
            case 8, 12: outcome = signed(both) < 0
            case 6: outcome = both == 0
            case 14: outcome = signed(both) <= 0
            case 0, 2: outcome = false
            default: return nil
            }
        } else {
            switch condition & 14 {
            case 2: outcome = a < b
            case 4: outcome = a == b
            case 6: outcome = a <= b
            case 8: outcome = signed((a &- b) & mask) < 0
            case 12: outcome = signed(a) < signed(b)
            case 14: outcome = signed(a) <= signed(b)
            default: return nil
            }
        }
        return condition & 1 == 0 ? outcome : !outcome
    }
}
