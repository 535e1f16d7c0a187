import ProcessModel

/// Entries for a fuzzer: bytes to the expression evaluator and to the walker. They must return.
package enum UnwindingFuzzing {
    /// Runs an expression: 17 bytes an operation (opcode and two operands), on registers and memory made of the same
    /// bytes.
    package static func expression(_ bytes: UnsafeRawBufferPointer) {
        let source = FuzzedSource(bytes)
        var registers = RegisterSet()
        for number in 0..<X86Register.count where number.isMultiple(of: 2) {
            registers[number] = FuzzedSource.base + UInt64(number)
        }
        let evaluator = ExpressionEvaluator()
        let operations = source.operations(at: 0, count: bytes.count / 17)
        // What it gives or throws is not looked at: a trap, a hang or a sanitizer's report is.
        for initial in [nil, FuzzedSource.base] as [UInt64?] {
            _ = Result { () throws(UnwindingError) in
                try evaluator.evaluate(operations, registers: registers, memory: source, initial: initial)
            }
        }
    }

    /// Walks a stack made of the bytes, by rules made of the bytes.
    package static func walk(_ bytes: UnsafeRawBufferPointer) {
        let source = FuzzedSource(bytes)
        let mappings = [
            Mapping(
                start: Address(FuzzedSource.base), end: Address(FuzzedSource.base + UInt64(bytes.count)),
                permissions: [.read, .write, .execute])
        ]
        var registers = RegisterSet()
        for number in 0..<X86Register.count { registers[number] = source.word(number * 8) }
        registers[X86Register.rsp] = FuzzedSource.base + UInt64(source.byte(0) ?? 0)
        registers[X86Register.returnAddress] = FuzzedSource.base + UInt64(source.byte(1) ?? 0)
        for isKnown in [true, false] {
            let walker = StackWalker(
                rules: source, memory: source, mappings: isKnown ? mappings : [], callerFinder: source, frameLimit: 64)
            _ = walker.walkAll([registers, registers], registersAreFinal: isKnown)
            registers[X86Register.rbp] = nil
        }
    }
}

/// Memory, rules and callers that are all the same hostile bytes.
private final class FuzzedSource: MemorySource, UnwindRuleSource, CallerFinder {
    static let base: UInt64 = 0x10_0000
    private let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    func byte(_ offset: Int) -> UInt8? { bytes.indices.contains(offset) ? bytes[offset] : nil }

    func word(_ offset: Int) -> UInt64? {
        guard offset >= 0, bytes.count >= 8, offset <= bytes.count - 8 else { return nil }
        return bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }

    func operations(at offset: Int, count: Int) -> [ExpressionOperation] {
        (0..<max(count, 0)).compactMap { index in
            let start = offset + index * 17
            guard let opcode = byte(start), let first = word(start + 1), let second = word(start + 9) else {
                return nil
            }
            return ExpressionOperation(opcode: opcode, operand1: first, operand2: second)
        }
    }

    func read(_ address: Address, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let offset = address.rawValue &- Self.base
        guard offset < UInt64(bytes.count) else { return 0 }
        let count = min(buffer.count, bytes.count - Int(offset))
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[Int(offset)..<Int(offset) + count]))
        return count
    }

    func residentBytes(around address: Address) -> ResidentBytes? {
        address.rawValue & 1 == 0 ? ResidentBytes(start: Address(Self.base), bytes: bytes) : nil
    }

    func unwindRules(for lookups: [Address]) -> [UnwindRule?] { lookups.map { rule(at: Int($0.rawValue & 0xfff)) } }

    private func rule(at offset: Int) -> UnwindRule? {
        guard let kind = byte(offset), kind & 3 != 0, let amount = word(offset + 1) else { return nil }
        let cfa: UnwindRule.CanonicalFrameAddress =
            kind & 4 == 0
            ? .register(kind >> 3, offset: Int64(truncatingIfNeeded: amount & 0x7f))
            : .expression(operations(at: offset + 9, count: 4))
        var rule = UnwindRule(
            canonicalFrameAddress: cfa, returnAddress: registerRule(at: offset + 9), isSignalFrame: kind & 3 == 3)
        for number in UInt8(0)..<20 where amount >> UInt64(number + 8) & 1 == 1 {
            rule.registers[number] = registerRule(at: offset + 10 + Int(number))
        }
        return rule
    }

    private func registerRule(at offset: Int) -> UnwindRule.RegisterRule {
        guard let kind = byte(offset), let amount = word(offset + 1) else { return .undefined }
        return switch kind & 7 {
        case 0: .sameValue
        case 1: .valueOffset(Int64(bitPattern: amount))
        case 2: .register(kind >> 3)
        case 3: .expression(operations(at: offset + 9, count: 3))
        case 4: .valueExpression(operations(at: offset + 9, count: 3))
        default: .offset(Int64(Int8(truncatingIfNeeded: amount)))
        }
    }

    func callers(of frames: [FrameRegisters]) -> [FoundCaller?] {
        frames.map { frame in
            guard let pc = frame.registers.programCounter, let kind = byte(Int(pc.rawValue & 0xfff)), kind & 1 == 0
            else { return nil }
            var caller = frame.registers
            caller[X86Register.returnAddress] = word(Int(kind)) ?? 0
            caller[X86Register.rsp] = (caller[X86Register.rsp] ?? 0) &+ UInt64(kind)
            return .caller(caller, isSignalFrame: kind & 2 != 0)
        }
    }
}
