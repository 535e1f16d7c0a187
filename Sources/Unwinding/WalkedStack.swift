import ProcessModel

/// One frame as the walk found it, before anything is named.
public struct WalkedFrame: Hashable, Sendable {
    public var pc: Address
    public var isReturnAddress: Bool
    public var trust: Trust
    public var isSignalFrame: Bool
    /// The stack pointer while this frame's function was executing `pc`.
    public var stackPointer: Address

    public init(pc: Address, isReturnAddress: Bool, trust: Trust, isSignalFrame: Bool, stackPointer: Address) {
        self.pc = pc
        self.isReturnAddress = isReturnAddress
        self.trust = trust
        self.isSignalFrame = isSignalFrame
        self.stackPointer = stackPointer
    }

    /// The instruction to look up: see `Frame.lookupAddress`.
    public var lookupAddress: Address { isReturnAddress ? pc - 1 : pc }
}

/// The frames of one thread, innermost first.
public struct WalkedStack: Hashable, Sendable {
    public var frames: [WalkedFrame]
    public var end: StackEnd
    /// The walk ended for want of a register that a capture without stop does not have (its DWARF number): with the
    /// thread's registers it can go on.
    public var missingRegister: Int?

    public init(frames: [WalkedFrame], end: StackEnd, missingRegister: Int? = nil) {
        self.frames = frames
        self.end = end
        self.missingRegister = missingRegister
    }
}
