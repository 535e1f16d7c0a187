import ProcessModel

/// An `UnwindRule` in the form that the walk's inner loop reads: 48 bytes, no references.
struct CompactRule {
    enum Kind: UInt8 {
        /// There is no rule for this address.
        case none
        /// The CFA is a register plus an offset, the return address and the saved registers lie at offsets from it: all
        /// that compilers write, but for a handful of rules a process.
        case simple
        /// Evaluated from the `UnwindRule` itself, at `generalIndex`.
        case general
        /// Nothing called this frame.
        case outermost
    }

    static let savedLimit = 6

    var kind: Kind
    var trust: Trust
    var cfaRegister: UInt8 = 0
    var savedCount: UInt8 = 0
    var cfaOffset: Int32 = 0
    var returnAddressOffset: Int32 = 0
    /// A set of register bits: those of `savedRegisters`.
    var savedMask: UInt32 = 0
    var generalIndex: Int32 = -1
    var savedRegisters: InlineArray<6, UInt8> = .init(repeating: 0)
    var savedOffsets: InlineArray<6, Int32> = .init(repeating: 0)

    init(kind: Kind, trust: Trust = .cfi) {
        self.kind = kind
        self.trust = trust
    }

    /// Nil when the rule does not have the simple form.
    init?(simple rule: UnwindRule) {
        guard case .register(let register, let offset) = rule.canonicalFrameAddress, register < 16,
            case .offset(let returnAddressOffset) = rule.returnAddress, !rule.isSignalFrame,
            let cfaOffset = Int32(exactly: offset), let returnAddressOffset = Int32(exactly: returnAddressOffset)
        else { return nil }
        self.init(kind: .simple, trust: rule.trust)
        self.cfaRegister = register
        self.cfaOffset = cfaOffset
        self.returnAddressOffset = returnAddressOffset
        for (number, registerRule) in rule.registers.sorted(by: { $0.key < $1.key }) {
            let isPreserved = number < 16 && RegisterFile.calleeSaved & (1 << UInt32(number)) != 0
            switch registerRule {
            case .sameValue where isPreserved: continue
            case .undefined where !isPreserved: continue
            case .valueOffset(0) where number == X86Register.rsp: continue
            case .offset(let offset) where isPreserved && number != X86Register.rsp:
                guard let offset = Int32(exactly: offset), Int(savedCount) < Self.savedLimit else { return nil }
                savedRegisters[Int(savedCount)] = number
                savedOffsets[Int(savedCount)] = offset
                savedMask |= 1 << UInt32(number)
                savedCount += 1
            default: return nil
            }
        }
    }
}

/// The rules known so far, by lookup address: open addressing with linear probing, never more than half full.
final class RuleTable {
    private var keys: UnsafeMutablePointer<UInt64>
    private var indexes: UnsafeMutablePointer<Int32>
    private var capacity: Int
    private(set) var count = 0
    private var rules: UnsafeMutablePointer<CompactRule>
    private var ruleCapacity: Int
    private(set) var general: [UnwindRule] = []
    /// For `general`, the register rules as a list: a dictionary is slow to walk.
    private(set) var generalRegisters: [[(number: Int, rule: UnwindRule.RegisterRule)]] = []

    init() {
        capacity = 1024
        keys = .allocate(capacity: capacity)
        keys.initialize(repeating: 0, count: capacity)
        indexes = .allocate(capacity: capacity)
        indexes.initialize(repeating: -1, count: capacity)
        ruleCapacity = 512
        rules = .allocate(capacity: ruleCapacity)
    }

    deinit {
        keys.deallocate()
        indexes.deallocate()
        rules.deallocate()
    }

    /// The rule for `lookup`, borrowed until the next `insert`; nil when it was not asked for yet.
    @inline(__always) func find(_ lookup: UInt64) -> UnsafePointer<CompactRule>? {
        var slot = Self.hash(lookup) & (capacity &- 1)
        while true {
            let index = indexes[slot]
            if index < 0 { return nil }
            if keys[slot] == lookup { return UnsafePointer(rules + Int(index)) }
            slot = (slot &+ 1) & (capacity &- 1)
        }
    }

    func insert(_ rule: UnwindRule?, for lookup: UInt64) {
        guard find(lookup) == nil else { return }
        if (count + 1) * 2 > capacity { growTable() }
        if count == ruleCapacity { growRules() }
        (rules + count).initialize(to: compact(rule))
        place(lookup, Int32(count))
        count += 1
    }

    private func compact(_ rule: UnwindRule?) -> CompactRule {
        guard let rule else { return CompactRule(kind: .none) }
        if case .undefined = rule.returnAddress { return CompactRule(kind: .outermost, trust: rule.trust) }
        if let simple = CompactRule(simple: rule) { return simple }
        var compact = CompactRule(kind: .general, trust: rule.trust)
        compact.generalIndex = Int32(general.count)
        general.append(rule)
        let registers = rule.registers.filter { $0.key < 16 }.sorted { $0.key < $1.key }
        generalRegisters.append(registers.map { (Int($0.key), $0.value) })
        return compact
    }

    private func place(_ key: UInt64, _ index: Int32) {
        var slot = Self.hash(key) & (capacity - 1)
        while indexes[slot] >= 0 { slot = (slot + 1) & (capacity - 1) }
        keys[slot] = key
        indexes[slot] = index
    }

    private func growTable() {
        let (oldKeys, oldIndexes, oldCapacity) = (keys, indexes, capacity)
        capacity *= 2
        keys = .allocate(capacity: capacity)
        keys.initialize(repeating: 0, count: capacity)
        indexes = .allocate(capacity: capacity)
        indexes.initialize(repeating: -1, count: capacity)
        for slot in 0..<oldCapacity where oldIndexes[slot] >= 0 { place(oldKeys[slot], oldIndexes[slot]) }
        oldKeys.deallocate()
        oldIndexes.deallocate()
    }

    private func growRules() {
        let grown = UnsafeMutablePointer<CompactRule>.allocate(capacity: ruleCapacity * 2)
        grown.moveInitialize(from: rules, count: count)
        rules.deallocate()
        rules = grown
        ruleCapacity *= 2
    }

    @inline(__always) private static func hash(_ key: UInt64) -> Int {
        // Fibonacci hashing: the upper half of the product mixes all bits of the key.
        Int((key &* 0x9e37_79b9_7f4a_7c15) >> 32)
    }
}
