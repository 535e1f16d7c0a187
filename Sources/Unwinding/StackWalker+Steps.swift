import ProcessModel

/// How far a walk came.
enum WalkProgress {
    case ended(StackEnd, missing: Int?)
    /// The rule for this address is not in the table: to be fetched, then the walk goes on.
    case needsRule(UInt64)
}

/// What became of one step outwards.
enum Step {
    /// The caller's pc and stack pointer; the registers have been brought to the caller.
    case caller(pc: UInt64, stackPointer: UInt64, trust: Trust, isSignalFrame: Bool)
    case ended(StackEnd, missing: Int?)

    static func failed(_ reason: String) -> Step { .ended(.failed(reason: reason), missing: nil) }
}

extension StackWalker {
    func begin(_ initial: RegisterSet, registersAreFinal: Bool) {
        registers.load(initial)
        self.registersAreFinal = registersAreFinal
        frameCount = 0
        scans = 0
        if !signalFrames.isEmpty { signalFrames.removeAll(keepingCapacity: true) }
        pc = initial[X86Register.returnAddress] ?? 0
        isReturnAddress = false
        trust = .context
        memory.begin(at: initial[X86Register.rsp] ?? 0)
    }

    /// Walks on until the end or until a rule is missing. The state is kept, so that it can be called again when the
    /// rule is there.
    func advance() -> WalkProgress {
        if frameCount == 0, let problem = firstFrameProblem() { return problem }
        let values = registers.values
        let memory = self.memory
        let table = self.table
        let limit = min(frameLimit, stop)
        var pc = self.pc
        var isReturnAddress = self.isReturnAddress
        var trust = self.trust
        var count = frameCount
        while true {
            let lookup = isReturnAddress ? pc &- 1 : pc
            guard let rule = table.find(lookup) else {
                self.pc = pc
                self.isReturnAddress = isReturnAddress
                self.trust = trust
                frameCount = count
                return .needsRule(lookup)
            }
            if count == limit {
                frameCount = count
                return .ended(.limit, missing: nil)
            }
            let stackPointer = values[X86Register.rsp]
            let register = rule.pointee.cfaRegister
            if rule.pointee.kind == .simple, registers.known & (1 << UInt32(register)) != 0 {
                (frames + count).initialize(
                    to: WalkedFrame(
                        pc: Address(pc), isReturnAddress: isReturnAddress, trust: trust, isSignalFrame: false,
                        stackPointer: Address(stackPointer)))
                count += 1
                var base = values[Int(register)]
                if register == X86Register.rbp { base = Self.withoutAsyncMark(base) }
                let cfa = base &+ UInt64(bitPattern: Int64(rule.pointee.cfaOffset))
                let slot = cfa &+ UInt64(bitPattern: Int64(rule.pointee.returnAddressOffset))
                guard cfa > stackPointer, let next = memory.word(slot) else {
                    frameCount = count
                    return .ended(simpleFailure(cfa, slot, stackPointer), missing: nil)
                }
                restoreSaved(rule, cfa)
                values[X86Register.rsp] = cfa
                if next == 0 {
                    frameCount = count
                    return .ended(.complete, missing: nil)
                }
                pc = next
                isReturnAddress = true
                trust = rule.pointee.trust
                continue
            }
            let isSignalFrame = isSignalRule(rule)
            (frames + count).initialize(
                to: WalkedFrame(
                    pc: Address(pc), isReturnAddress: isReturnAddress && !isSignalFrame, trust: trust,
                    isSignalFrame: isSignalFrame, stackPointer: Address(stackPointer)))
            count += 1
            self.pc = pc
            self.isReturnAddress = isReturnAddress
            frameCount = count
            switch step(rule.pointee, lookup) {
            case .ended(let end, let missing): return .ended(end, missing: missing)
            case .caller(let next, let nextStackPointer, let nextTrust, let isSignal):
                if let problem = check(nextStackPointer, above: stackPointer, isSignal: isSignal) { return problem }
                values[X86Register.rsp] = nextStackPointer
                registers.known |= 1 << UInt32(X86Register.rsp)
                if next == 0, !isSignal { return .ended(.complete, missing: nil) }
                pc = next
                isReturnAddress = !isSignal
                trust = nextTrust
            }
        }
    }

    @inline(__always) private func restoreSaved(_ rule: UnsafePointer<CompactRule>, _ cfa: UInt64) {
        let savedMask = rule.pointee.savedMask
        var known = registers.known & RegisterFile.calleeSaved
        registers.absent &= RegisterFile.calleeSaved & ~savedMask
        for index in 0..<Int(rule.pointee.savedCount) {
            let number = rule.pointee.savedRegisters[index]
            let slot = cfa &+ UInt64(bitPattern: Int64(rule.pointee.savedOffsets[index]))
            if let value = memory.word(slot) {
                registers.values[Int(number)] = value
                known |= 1 << UInt32(number)
            } else {
                known &= ~(1 << UInt32(number))
            }
        }
        registers.known = known
    }

    private func firstFrameProblem() -> WalkProgress? {
        guard registers[X86Register.returnAddress] != nil else {
            return .ended(.failed(reason: "the program counter is not known"), missing: X86Register.returnAddress)
        }
        guard registers[X86Register.rsp] != nil else {
            return .ended(.failed(reason: "the stack pointer is not known"), missing: X86Register.rsp)
        }
        return nil
    }

    /// rbp as a number to compute with. A frame of a Swift async function sets bit 60 of the frame pointer that it
    /// saves, to mark the longer frame (LLVM, X86FrameLowering.cpp, SwiftAsyncFramePointer); no user address has it.
    @inline(__always) static func withoutAsyncMark(_ framePointer: UInt64) -> UInt64 {
        framePointer >> 47 == 1 << 13 ? framePointer & ~(1 << 60) : framePointer
    }

    private func simpleFailure(_ cfa: UInt64, _ slot: UInt64, _ stackPointer: UInt64) -> StackEnd {
        if cfa <= stackPointer { return .failed(reason: Self.shrinking(cfa, stackPointer)) }
        return .failed(reason: "the return address at \(Address(slot)) is not readable")
    }

    private static func shrinking(_ next: UInt64, _ stackPointer: UInt64) -> String {
        "the caller's stack pointer, \(Address(next)), is not above this frame's, \(Address(stackPointer))"
    }

    /// Nil when the caller's stack pointer can be believed. Behind a signal frame it can be anywhere, since the handler
    /// may have an alternate stack; there the same frame must not come twice.
    private func check(_ next: UInt64, above stackPointer: UInt64, isSignal: Bool) -> WalkProgress? {
        guard isSignal else {
            if next > stackPointer { return nil }
            // Code may have taken its return address off the stack already: vfork of glibc keeps it in rdi
            // (sysdeps/unix/sysv/linux/x86_64/vfork.S). Only the innermost frame, which calls nobody, can.
            if next == stackPointer, frameCount == 1 { return nil }
            return .ended(.failed(reason: Self.shrinking(next, stackPointer)), missing: nil)
        }
        let frame = frames[frameCount - 1]
        if signalFrames.contains(where: { $0.pc == frame.pc && $0.stackPointer == frame.stackPointer }) {
            return .ended(.failed(reason: "the signal frames lead round in a circle"), missing: nil)
        }
        signalFrames.append(frame)
        memory.followStack(to: next)
        return nil
    }

    private func isSignalRule(_ rule: UnsafePointer<CompactRule>) -> Bool {
        rule.pointee.kind == .general && table.general[Int(rule.pointee.generalIndex)].isSignalFrame
    }

    private func step(_ rule: CompactRule, _ lookup: UInt64) -> Step {
        switch rule.kind {
        case .outermost: return .ended(.complete, missing: nil)
        case .none: return stepWithoutRule(lookup)
        case .simple: return missing(Int(rule.cfaRegister))
        case .general:
            let index = Int(rule.generalIndex)
            return step(table.general[index], table.generalRegisters[index])
        }
    }

    /// The end of a walk that needs a register, or what can be done without it.
    func missing(_ number: Int) -> Step {
        let name = RegisterSet.names.indices.contains(number) ? RegisterSet.names[number] : "register \(number)"
        if registers.isAbsent(number), !registersAreFinal {
            return .ended(.failed(reason: "\(name) is needed and was not captured"), missing: number)
        }
        return scan(orFailWith: "\(name) is needed and its value is not known here")
    }
}
