import ProcessModel
import Unwinding

/// Memory laid out by hand.
final class HandMadeMemory: MemorySource {
    private var bytes: [UInt64: UInt8] = [:]
    private var resident: [(start: UInt64, storage: UnsafeMutableRawBufferPointer)] = []
    private(set) var reads = 0

    func set(_ address: UInt64, words: UInt64...) {
        for (index, word) in words.enumerated() {
            set(address + UInt64(8 * index), bytes: (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) })
        }
    }

    func set(_ address: UInt64, bytes new: [UInt8]) {
        for (index, byte) in new.enumerated() { bytes[address + UInt64(index)] = byte }
    }

    /// Code at which a return address `address` stands: `call *%rax` before it.
    func setCall(before address: UInt64) { set(address - 7, bytes: [0x90, 0x90, 0x90, 0x90, 0x90, 0xff, 0xd0]) }

    /// Makes a stretch resident, as a captured stack is.
    func makeResident(_ start: UInt64, count: Int) {
        let storage = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 8)
        for index in 0..<count { storage[index] = bytes[start + UInt64(index)] ?? 0 }
        resident.append((start, storage))
    }

    deinit { for part in resident { part.storage.deallocate() } }

    func read(_ address: Address, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        reads += 1
        for index in 0..<buffer.count {
            guard let byte = bytes[address.rawValue &+ UInt64(index)] else { return index }
            buffer[index] = byte
        }
        return buffer.count
    }

    func residentBytes(around address: Address) -> ResidentBytes? {
        for part in resident where address.rawValue &- part.start < UInt64(part.storage.count) {
            return ResidentBytes(start: Address(part.start), bytes: UnsafeRawBufferPointer(part.storage))
        }
        return nil
    }
}

/// Rules for ranges of code, and a count of how often they were asked for.
final class RuleBook: UnwindRuleSource {
    var rules: [(range: Range<UInt64>, rule: UnwindRule)] = []
    private(set) var requests: [[Address]] = []

    func unwindRules(for lookups: [Address]) -> [UnwindRule?] {
        requests.append(lookups)
        return lookups.map { lookup in rules.first { $0.range.contains(lookup.rawValue) }?.rule }
    }

    func add(_ range: Range<UInt64>, _ rule: UnwindRule) { rules.append((range, rule)) }

    /// A rule as compilers write it: the CFA is rsp plus `size`, the return address right below it.
    func addFrame(_ range: Range<UInt64>, size: Int64, saved: [UInt8: Int64] = [:]) {
        add(range, .frame(size: size, saved: saved))
    }

    func addOutermost(_ range: Range<UInt64>) {
        add(range, UnwindRule(canonicalFrameAddress: .register(7, offset: 8), returnAddress: .undefined))
    }
}

extension UnwindRule {
    static func frame(base: UInt8 = 7, size: Int64, saved: [UInt8: Int64] = [:]) -> UnwindRule {
        UnwindRule(
            canonicalFrameAddress: .register(base, offset: size), returnAddress: .offset(-8),
            registers: saved.mapValues { .offset($0) })
    }
}

extension RegisterSet {
    init(pc: UInt64, sp: UInt64, _ others: [Int: UInt64] = [:]) {
        self.init()
        self[X86Register.returnAddress] = pc
        self[X86Register.rsp] = sp
        for (number, value) in others { self[number] = value }
    }
}

extension ExpressionOperation {
    init(_ opcode: UInt8, _ operand1: UInt64 = 0, _ operand2: UInt64 = 0) {
        self.init(opcode: opcode, operand1: operand1, operand2: operand2)
    }
}

/// Code from 0x1000 to 0x9000, stacks from 0x10000 to 0x20000 and from 0x30000 to 0x40000.
let handMadeMappings = [
    Mapping(start: Address(0x1000), end: Address(0x5000), permissions: [.read, .execute]),
    Mapping(start: Address(0x5000), end: Address(0x9000), permissions: [.read, .execute]),
    Mapping(start: Address(0x10000), end: Address(0x20000), permissions: [.read, .write]),
    Mapping(start: Address(0x30000), end: Address(0x40000), permissions: [.read, .write]),
]

extension WalkedStack {
    var pcs: [UInt64] { frames.map(\.pc.rawValue) }
    var trusts: [Trust] { frames.map(\.trust) }
    var failure: String? { if case .failed(let reason) = end { reason } else { nil } }
}
