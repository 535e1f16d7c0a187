import ProcessModel

/// A second way to a caller, asked where no rule is known. Conformer: libunwind over the same copies.
public protocol CallerFinder: AnyObject {
    /// The registers of the caller of each frame in order; nil where this way has no unwind information either.
    ///
    /// A conformer answers from unwind tables only, never by a guess: the walker has guesses of its own and marks
    /// them so.
    func callers(of frames: [FrameRegisters]) -> [FoundCaller?]
}

/// The registers of one frame, and what its pc is.
public struct FrameRegisters: Hashable, Sendable {
    public var registers: RegisterSet
    public var isReturnAddress: Bool

    public init(registers: RegisterSet, isReturnAddress: Bool) {
        self.registers = registers
        self.isReturnAddress = isReturnAddress
    }
}

/// What a `CallerFinder` found.
public enum FoundCaller: Hashable, Sendable {
    /// `isSignalFrame`: the frame asked about is the kernel's, its caller was interrupted and not calling.
    case caller(RegisterSet, isSignalFrame: Bool)
    /// The unwind information says that nothing called the frame.
    case outermost
}
