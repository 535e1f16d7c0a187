import ProcessModel

extension StackWalker {
    /// One step by a rule with expressions, a signal frame's, or one for registers that the simple form does not hold.
    func step(_ rule: UnwindRule, _ registerRules: [(number: Int, rule: UnwindRule.RegisterRule)]) -> Step {
        do throws(UnwindingError) {
            let cfa: UInt64
            switch rule.canonicalFrameAddress {
            case .register(let number, let offset):
                guard var base = registers[Int(number)] else { throw .unknownRegister(Int(number)) }
                if number == X86Register.rbp { base = Self.withoutAsyncMark(base) }
                cfa = base &+ UInt64(bitPattern: offset)
            case .expression(let operations):
                cfa = try evaluator.evaluate(operations, registersWithPC(), memory, initial: nil)
            }
            guard let next = try value(rule.returnAddress, X86Register.returnAddress, cfa) else {
                return .ended(.complete, missing: nil)
            }
            // All from the frame's own values, then set: one rule may read a register that another one restores.
            var restored: [(number: Int, value: UInt64?)] = []
            for (number, registerRule) in registerRules {
                let isWanted = number == X86Register.rsp
                do throws(UnwindingError) {
                    restored.append((number, try value(registerRule, number, cfa)))
                } catch {
                    // A register that cannot be read is lost; only a walk that needs it later fails for it.
                    if isWanted { throw error }
                    restored.append((number, nil))
                }
            }
            registers.known &= RegisterFile.calleeSaved
            registers.absent &= RegisterFile.calleeSaved
            var stackPointer = cfa
            for (number, value) in restored {
                if number == X86Register.rsp, let value { stackPointer = value } else { registers.set(number, value) }
            }
            return .caller(
                pc: next, stackPointer: stackPointer, trust: rule.trust, isSignalFrame: rule.isSignalFrame)
        } catch {
            if case .unknownRegister(let number) = error { return missing(number) }
            return .failed(error.description)
        }
    }

    /// The frame's registers, with its pc: PLT entries compute with it.
    private func registersWithPC() -> RegisterFile {
        registers.set(X86Register.returnAddress, pc)
        return registers
    }

    /// The caller's value of a register; nil when the rule says that it has none.
    private func value(
        _ rule: UnwindRule.RegisterRule, _ number: Int, _ cfa: UInt64
    ) throws(UnwindingError) -> UInt64? {
        switch rule {
        case .undefined: return nil
        case .sameValue:
            guard let value = registers[number] else { throw .unknownRegister(number) }
            return value
        case .offset(let offset): return try load(cfa &+ UInt64(bitPattern: offset))
        case .valueOffset(let offset): return cfa &+ UInt64(bitPattern: offset)
        case .register(let other):
            guard let value = registers[Int(other)] else { throw .unknownRegister(Int(other)) }
            return value
        case .expression(let operations):
            return try load(try evaluator.evaluate(operations, registersWithPC(), memory, initial: cfa))
        case .valueExpression(let operations):
            return try evaluator.evaluate(operations, registersWithPC(), memory, initial: cfa)
        }
    }

    private func load(_ address: UInt64) throws(UnwindingError) -> UInt64 {
        guard let word = memory.word(address) else { throw .unreadable(Address(address)) }
        return word
    }
}
