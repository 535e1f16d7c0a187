import ProcessModel

/// What the code around an address tells.
struct ReturnSite {
    /// The call that ends at the address.
    var call: CodeProbe.Call?
    /// A function, or a signal handler, can return to it.
    var isTarget: Bool
}

/// What is done where no call frame information covers the pc.
extension StackWalker {
    /// Words that one search for a return address looks at.
    private static let scanWords = 1024
    /// Searches in one walk: a stack that needs more of them tells nothing.
    private static let scanLimit = 32
    /// Most functions are shorter than this.
    private static let functionBytes: UInt64 = 4096
    /// The largest distance from the stack pointer to a frame pointer where the stack's mapping is not known.
    private static let frameLimitBytes: UInt64 = 64 << 20

    func stepWithoutRule(_ lookup: UInt64) -> Step {
        guard executable.contains(pc) else {
            // A call through a bad pointer: the processor has pushed the return address, and nothing else has happened.
            if !isReturnAddress { return popReturnAddress(0, .scan, orFailWith: outside) }
            return .failed(outside)
        }
        if let step = askCallerFinder(lookup) { return step }
        if !isReturnAddress, let step = stepAtEntry() { return step }
        return stepByFramePointer()
    }

    private var outside: String { "the pc \(Address(pc)) is in no executable mapping" }

    /// The rule for code to which signal handlers return, where the tables have none; nil for all other code. A handler's
    /// return address is the first byte of that code, so that its lookup address lies before it.
    func signalReturnRule(_ lookup: UInt64) -> UnwindRule? {
        guard executable.contains(lookup &+ 1), CodeProbe.isSignalReturn(code(lookup &+ 1, count: 9)) else {
            return nil
        }
        return CodeProbe.signalReturnRule
    }

    private func askCallerFinder(_ lookup: UInt64) -> Step? {
        guard let callerFinder, !withoutFinder.contains(lookup) else { return nil }
        var frame = registers.registerSet
        frame[X86Register.returnAddress] = pc
        let answer = callerFinder.callers(of: [FrameRegisters(registers: frame, isReturnAddress: isReturnAddress)])
        switch answer.first ?? nil {
        case nil:
            withoutFinder.insert(lookup)
            return nil
        case .outermost: return .ended(.complete, missing: nil)
        case .caller(let caller, let isSignalFrame):
            guard let next = caller[X86Register.returnAddress], let stackPointer = caller[X86Register.rsp] else {
                return nil
            }
            let absent = registers.absent
            registers.load(caller)
            // What the capture did not have is still to be had, as far as the callee preserves it.
            registers.absent &= absent & RegisterFile.calleeSaved
            registers.known &= ~(1 << UInt32(X86Register.returnAddress))
            return .caller(pc: next, stackPointer: stackPointer, trust: .libunwind, isSignalFrame: isSignalFrame)
        }
    }

    /// The return address lies `offset` bytes above the stack pointer, if it is one.
    private func popReturnAddress(
        _ offset: UInt64, _ trust: Trust, orFailWith reason: @autoclosure () -> String
    ) -> Step {
        let stackPointer = registers.values[X86Register.rsp]
        guard let next = memory.word(stackPointer &+ offset), executable.contains(next), isReturnTarget(next) else {
            return .failed(reason())
        }
        registers.known &= RegisterFile.calleeSaved
        registers.absent &= RegisterFile.calleeSaved
        return .caller(pc: next, stackPointer: stackPointer &+ offset &+ 8, trust: trust, isSignalFrame: false)
    }

    /// At the first or last instruction of a function the frame pointer is still or again the caller's.
    private func stepAtEntry() -> Step? {
        let before = code(pc &- 1, count: 1).first
        guard let entry = CodeProbe.entry(before: before, code: code(pc, count: CodeProbe.entryBytes)) else {
            return nil
        }
        let stackPointer = registers.values[X86Register.rsp]
        let offset: UInt64 = entry == .savedFramePointer ? 8 : 0
        let framePointer = entry == .savedFramePointer ? memory.word(stackPointer) : registers[X86Register.rbp]
        guard case .caller(let next, let caller, let trust, _) = popReturnAddress(offset, .framePointer, orFailWith: "")
        else { return nil }
        if entry == .savedFramePointer { registers.set(X86Register.rbp, framePointer) }
        return .caller(pc: next, stackPointer: caller, trust: trust, isSignalFrame: false)
    }

    private func stepByFramePointer() -> Step {
        guard let marked = registers[X86Register.rbp] else { return missing(X86Register.rbp) }
        // "User code should mark the deepest stack frame by setting the frame pointer to zero" (psABI AMD64, 3.4.1).
        // Of code that keeps no frame pointer the register is the caller's, and zero in each thread that never set it:
        // where this frame was not found by one, a return address further out tells that the end is not here.
        if marked == 0 {
            if frameCount > 0, frames[frameCount - 1].trust != .framePointer,
                case .caller(let next, let stackPointer, let trust, let isSignalFrame) = scan(orFailWith: "")
            {
                return .caller(pc: next, stackPointer: stackPointer, trust: trust, isSignalFrame: isSignalFrame)
            }
            return .ended(.complete, missing: nil)
        }
        let framePointer = Self.withoutAsyncMark(marked)
        let stackPointer = registers.values[X86Register.rsp]
        guard framePointer >= stackPointer, framePointer.isMultiple(of: 8), framePointer - stackPointer < room(),
            let saved = memory.word(framePointer), let next = memory.word(framePointer &+ 8)
        else { return scan(orFailWith: "rbp, \(Address(framePointer)), is no frame pointer") }
        if next == 0 { return .ended(.complete, missing: nil) }
        guard executable.contains(next), !executable.isKnown || isReturnTarget(next) else {
            return scan(orFailWith: "\(Address(next)), which rbp leads to, is no return address")
        }
        // Code with frame pointers may save any of the others: where, only its tables could tell.
        registers.known &= 1 << UInt32(X86Register.rsp)
        registers.absent = 0
        registers.set(X86Register.rbp, saved)
        return .caller(
            pc: next, stackPointer: framePointer &+ 16, trust: .framePointer, isSignalFrame: false)
    }

    /// From the stack pointer to the end of its mapping.
    private func room() -> UInt64 {
        let stackPointer = registers.values[X86Register.rsp]
        guard let mapping = mappings.mapping(holding: Address(stackPointer)) else { return Self.frameLimitBytes }
        return mapping.end.rawValue - stackPointer
    }

    /// The last resort: a word on the stack that is an address behind a call. Preferred is one behind a direct call to
    /// the code that the pc is in; else it is the next one. It may be a leftover of a call that has returned, so that
    /// the frame is a guess, and all other registers are lost.
    func scan(orFailWith reason: @autoclosure () -> String) -> Step {
        guard executable.isKnown, scans < Self.scanLimit else { return .failed(reason()) }
        scans += 1
        var address = registers.values[X86Register.rsp] & ~7
        if address < registers.values[X86Register.rsp] { address &+= 8 }
        var best: (slot: UInt64, pc: UInt64, distance: UInt64)?
        for _ in 0..<Self.scanWords {
            guard let word = memory.word(address) else { break }
            if executable.contains(word), isReturnTarget(word) {
                let distance = distance(intoCalleeOf: word)
                if best.map({ distance < $0.distance }) ?? true { best = (address, word, distance) }
            }
            address &+= 8
        }
        guard let best else { return .failed(reason()) }
        registers.loseAllButStackPointer()
        return .caller(pc: best.pc, stackPointer: best.slot &+ 8, trust: .scan, isSignalFrame: false)
    }

    /// How far behind the target of the call before `site` the pc stands; `.max` when that is no direct call, or to
    /// another function as far as can be told without knowing where functions begin.
    private func distance(intoCalleeOf site: UInt64) -> UInt64 {
        guard case .direct(let target) = returnSites[site]?.call, target <= pc, pc - target <= Self.functionBytes else {
            return .max
        }
        return pc - target
    }

    /// Whether a function can return to `address`: a call stands before it, or it is where signal handlers return to.
    func isReturnTarget(_ address: UInt64) -> Bool {
        if let known = returnSites[address] { return known.isTarget }
        let bytes = code(address &- UInt64(CodeProbe.callBytes), count: CodeProbe.callBytes)
        var site = ReturnSite(call: CodeProbe.call(bytes, before: address) { executable.contains($0) }, isTarget: true)
        site.isTarget = site.call != nil || CodeProbe.isSignalReturn(code(address, count: 9))
        returnSites[address] = site
        return site.isTarget
    }

    /// Up to `count` bytes of code, fewer at the end of what is readable.
    private func code(_ address: UInt64, count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = memory.read(address, into: UnsafeMutableRawBufferPointer(buffer))
        }
    }
}
