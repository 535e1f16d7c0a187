import ProcessModel

/// The addresses that a rule source is asked for in one go, each once.
struct RuleRequest {
    /// Of a request with what is looked ahead for; those that a walk stands at are always taken.
    static let lookAheadLimit = 2048

    private(set) var lookups: [Address] = []
    private var known: Set<UInt64> = []

    /// False when the address was in the request before.
    @discardableResult
    mutating func add(_ lookup: UInt64) -> Bool {
        guard known.insert(lookup).inserted else { return false }
        lookups.append(Address(lookup))
        return true
    }

    var hasRoom: Bool { lookups.count < Self.lookAheadLimit }
}

extension StackWalker {
    /// How many words above the stack pointer are looked at for return addresses.
    private static let lookAheadWords = 2048

    /// Adds the addresses on the stack in hand that are code behind a call and have no rule yet. Some are leftovers of
    /// calls that have returned: that costs a rule that nobody uses and decides nothing.
    func lookAhead(into request: inout RuleRequest) {
        guard executable.isKnown else { return }
        var address = registers.values[X86Register.rsp]
        for _ in 0..<Self.lookAheadWords {
            guard request.hasRoom, let word = memory.residentWord(address) else { return }
            address &+= 8
            guard executable.contains(word), table.find(word &- 1) == nil, isReturnTarget(word) else { continue }
            request.add(word &- 1)
        }
    }
}
