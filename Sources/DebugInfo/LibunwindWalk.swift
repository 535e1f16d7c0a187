import ProcessModel
import Unwinding

/// A stack as libunwind alone sees it.
public struct LibunwindWalk: Hashable, Sendable {
    public struct Frame: Hashable, Sendable {
        public var pc: Address
        public var stackPointer: Address

        public init(pc: Address, stackPointer: Address) {
            self.pc = pc
            self.stackPointer = stackPointer
        }
    }

    /// The status of a walk that came to a frame without unwind tables: libunwind has no opinion on what follows.
    public static let noInformation: Int32 = -10  // UNW_ENOINFO

    public var frames: [Frame]
    /// What `unw_step` said last: 0 at the outermost frame, positive where the limit of frames cut the walk, a negative
    /// error otherwise (libunwind-common.h, unw_error_t).
    public var status: Int32

    public init(frames: [Frame], status: Int32) {
        self.frames = frames
        self.status = status
    }

    /// Where this walk and `stack` part; empty when they agree.
    ///
    /// Frames are held against each other up to the first pair with different pcs: what follows that has no common
    /// base. A walk that `stack` ends for want of a register is held against as far as it went.
    public func differences(from stack: WalkedStack) -> [UnwindDifference] {
        var found: [UnwindDifference] = []
        for index in 0..<max(frames.count, stack.frames.count) {
            let ours = index < stack.frames.count ? stack.frames[index] : nil
            let theirs = index < frames.count ? frames[index] : nil
            if ours == nil, stack.missingRegister != nil || stack.end == .limit { break }
            if theirs == nil, status > 0 || status == Self.noInformation { break }
            // libunwind does not guess: that it ends here is no other opinion.
            if theirs == nil, ours?.trust == .scan { break }
            if ours?.pc == theirs?.pc, ours?.stackPointer == theirs?.stackPointer { continue }
            found.append(UnwindDifference(index: index, ours: ours, libunwind: theirs))
            if ours?.pc != theirs?.pc { break }
        }
        return found
    }
}

/// One frame that our own walk and libunwind's do not agree on.
public struct UnwindDifference: Hashable, Sendable {
    /// From 0, innermost.
    public var index: Int
    /// Nil when our walk ended before.
    public var ours: WalkedFrame?
    /// Nil when libunwind's walk ended before.
    public var libunwind: LibunwindWalk.Frame?

    public init(index: Int, ours: WalkedFrame?, libunwind: LibunwindWalk.Frame?) {
        self.index = index
        self.ours = ours
        self.libunwind = libunwind
    }
}

extension UnwindDifference: CustomStringConvertible {
    public var description: String {
        let own = ours.map { "pc \($0.pc) sp \($0.stackPointer) by \($0.trust.rawValue)" } ?? "no frame"
        let other = libunwind.map { "pc \($0.pc) sp \($0.stackPointer)" } ?? "no frame"
        return "frame \(index): ours \(own), libunwind \(other)"
    }
}

extension LibunwindUnwinder {
    /// Walks the thread with libunwind and holds the result against ours.
    public func verify(_ registers: RegisterSet, against stack: WalkedStack) -> [UnwindDifference] {
        walk(registers).differences(from: stack)
    }
}
