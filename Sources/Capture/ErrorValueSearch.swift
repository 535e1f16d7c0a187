import DebugInfo
import ProcessModel
import Unwinding

/// Looks for errors in the variables of functions on a thread's stack.
///
/// For people: which variable holds an error is told by its name, and no verdict rests on it.
struct ErrorValueSearch {
    /// The innermost frames of a stack that are looked at.
    static let frameLimit = 48
    /// Different stacks that are looked at: of threads that share one the first.
    static let stackLimit = 64

    let walker: StackWalker
    let memory: any MemorySource

    private static let names: Set<String> = [
        "ret", "err", "error", "rc", "status", "retval", "result", "res", "errnum", "errcode", "error_code", "errno_",
        "saved_errno", "st", "tret", "__ret",
    ]
    private static let endings = ["_ret", "_err", "_error", "_rc", "_errno"]

    static func isErrorName(_ name: String) -> Bool {
        names.contains(name) || endings.contains { name.hasSuffix($0) }
    }

    /// Numbers of errno(3) and their negations; below them what libraries number themselves (WiredTiger from -31,800 on).
    static func isError(_ value: Int64) -> Bool { value != 0 && value <= 133 && value >= -65_535 }

    /// `variables` are those of each frame of the thread's stack, from the innermost on.
    func errors(of thread: ThreadID, _ registers: RegisterSet, _ variables: [[FrameVariable]]) -> [ErrorValue] {
        let wanted = variables.map { $0.filter { Self.isErrorName($0.name) } }
        guard let last = wanted.lastIndex(where: { !$0.isEmpty }) else { return [] }
        // One more: a frame's canonical address is its caller's stack pointer.
        let known = walker.registers(of: registers, count: last + 2)
        var errors: [ErrorValue] = []
        for (frame, list) in wanted.enumerated() where frame < known.count {
            let caller = frame + 1 < known.count ? known[frame + 1].stackPointer : nil
            for variable in list {
                guard let value = value(of: variable, known[frame], caller), Self.isError(value) else { continue }
                errors.append(
                    ErrorValue(
                        thread: thread, frame: frame, depth: variable.depth, name: variable.name, value: value))
            }
        }
        return errors
    }

    /// Nil where its place is not a register, a stack slot or a number, or is not known.
    func value(of variable: FrameVariable, _ registers: RegisterSet, _ canonicalFrameAddress: Address?) -> Int64? {
        var text = Substring(variable.location)
        let isInMemory = text.hasPrefix("[") && text.hasSuffix("]")
        if isInMemory { text = text.dropFirst().dropLast() }
        guard let word = Self.sum(text, registers, canonicalFrameAddress) else { return nil }
        guard isInMemory else { return Self.integer(word, variable) }
        if variable.size == 8 {
            return memory.load(Address(word), as: UInt64.self).flatMap { Self.integer($0, variable) }
        }
        return memory.load(Address(word), as: UInt32.self).flatMap { Self.integer(UInt64($0), variable) }
    }

    /// "rbx", "rbp-24", "cfa+8", "7", "0x7f00".
    private static func sum(_ text: Substring, _ registers: RegisterSet, _ frame: Address?) -> UInt64? {
        if let number = Int64(text) { return UInt64(bitPattern: number) }
        if let address = Address(String(text)) { return address.rawValue }
        let base = text.prefix { $0 != "+" && $0 != "-" }
        let distance = text.dropFirst(base.count)
        guard let offset = distance.isEmpty ? 0 : Int64(distance) else { return nil }
        let start: UInt64?
        if base == "cfa" {
            start = frame?.rawValue
        } else {
            start = RegisterSet.names.firstIndex { $0 == base }.flatMap { registers[$0] }
        }
        return start.map { $0 &+ UInt64(bitPattern: offset) }
    }

    private static func integer(_ word: UInt64, _ variable: FrameVariable) -> Int64? {
        if variable.size == 4 {
            let low = UInt32(truncatingIfNeeded: word)
            return variable.isSigned ? Int64(Int32(bitPattern: low)) : Int64(low)
        }
        return variable.isSigned ? Int64(bitPattern: word) : Int64(exactly: word)
    }
}
