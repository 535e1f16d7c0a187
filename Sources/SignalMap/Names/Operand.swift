/// Where a call to a known function names something, by the calling convention of C: no machine register appears here.
enum Operand: Hashable, Sendable {
    /// The integer or pointer argument of this index, from 0. What is passed on the stack counts on from 6.
    case argument(Int)
    /// The word that the pointer argument of this index points to, at an offset: a handle kept in memory, a member of a
    /// structure, an object passed by invisible reference.
    case pointee(Int, offset: Int = 0)
    /// The object that a Swift method is called on (r13 on x86-64, x20 on AArch64).
    case swiftSelf
    /// The word at an offset in that object.
    case swiftSelfPointee(offset: Int)
    /// The task that a Swift function is called on (r14 on x86-64, x22 on AArch64, in `async` functions their frame).
    case swiftAsyncContext
    /// What the call returns.
    case result
    /// The calling thread, task or process itself.
    case caller
}

extension Operand: ExpressibleByIntegerLiteral {
    init(integerLiteral value: Int) { self = .argument(value) }
}
