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
    private struct Storage {
        var keys: UnsafeMutablePointer<UInt64>
        var indexes: UnsafeMutablePointer<Int32>
        /// Of `keys` and `indexes`: a power of two.
        var capacity: Int
        var rules: UnsafeMutablePointer<CompactRule>
        var ruleCapacity: Int
    }

    /// Behind a pointer, so that the inner loop's look-ups need no checks of exclusive access.
    private let storage: UnsafeMutablePointer<Storage>
    private(set) var count = 0
    private(set) var general: [UnwindRule] = []
    /// For `general`, the register rules as a list: a dictionary is slow to walk.
    private(set) var generalRegisters: [[(number: Int, rule: UnwindRule.RegisterRule)]] = []

    init() {
        let (keys, indexes) = Self.makeSlots(1024)
        storage = .allocate(capacity: 1)
        storage.initialize(
            to: Storage(
                keys: keys, indexes: indexes, capacity: 1024, rules: .allocate(capacity: 512), ruleCapacity: 512))
    }

    deinit {
        storage.pointee.keys.deallocate()
        storage.pointee.indexes.deallocate()
        storage.pointee.rules.deallocate()
        storage.deallocate()
    }

    private static func makeSlots(
        _ capacity: Int
    ) -> (keys: UnsafeMutablePointer<UInt64>, indexes: UnsafeMutablePointer<Int32>) {
        let keys = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity)
        keys.initialize(repeating: 0, count: capacity)
        let indexes = UnsafeMutablePointer<Int32>.allocate(capacity: capacity)
        indexes.initialize(repeating: -1, count: capacity)
        return (keys, indexes)
    }

    /// The rule for `lookup`, borrowed until the next `insert`; nil when it was not asked for yet.
    @inline(__always) func find(_ lookup: UInt64) -> UnsafePointer<CompactRule>? {
        let mask = storage.pointee.capacity &- 1
        var slot = Self.hash(lookup) & mask
        while true {
            let index = storage.pointee.indexes[slot]
            if index < 0 { return nil }
            if storage.pointee.keys[slot] == lookup { return UnsafePointer(storage.pointee.rules + Int(index)) }
            slot = (slot &+ 1) & mask
        }
    }

    func insert(_ rule: UnwindRule?, for lookup: UInt64) {
        guard find(lookup) == nil else { return }
        if (count + 1) * 2 > storage.pointee.capacity { growSlots() }
        if count == storage.pointee.ruleCapacity { growRules() }
        (storage.pointee.rules + count).initialize(to: compact(rule))
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
        let mask = storage.pointee.capacity - 1
        var slot = Self.hash(key) & mask
        while storage.pointee.indexes[slot] >= 0 { slot = (slot + 1) & mask }
        storage.pointee.keys[slot] = key
        storage.pointee.indexes[slot] = index
    }

    private func growSlots() {
        let old = storage.pointee
        storage.pointee.capacity *= 2
        (storage.pointee.keys, storage.pointee.indexes) = Self.makeSlots(storage.pointee.capacity)
        for slot in 0..<old.capacity where old.indexes[slot] >= 0 { place(old.keys[slot], old.indexes[slot]) }
        old.keys.deallocate()
        old.indexes.deallocate()
    }

    private func growRules() {
        let old = storage.pointee
        storage.pointee.ruleCapacity *= 2
        storage.pointee.rules = .allocate(capacity: storage.pointee.ruleCapacity)
        storage.pointee.rules.moveInitialize(from: old.rules, count: count)
        old.rules.deallocate()
    }

    @inline(__always) private static func hash(_ key: UInt64) -> Int {
        // Fibonacci hashing: the upper half of the product mixes all bits of the key.
        Int((key &* 0x9e37_79b9_7f4a_7c15) >> 32)
    }
}
