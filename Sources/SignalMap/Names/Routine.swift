/// Code of the program that a known function is given, to be called by somebody else's code.
struct Routine: Hashable, Sendable {
    enum Target: Hashable, Sendable {
        /// A function pointer.
        case function(Operand)
        /// A pointer to a block, whose function stands at offset 16 and is passed the block (clang's Block ABI:
        /// isa, flags, reserved, invoke, descriptor).
        case block(Operand)
        /// A pointer to an object whose vtable holds the function at this byte offset from the address point; the
        /// function is passed the object.
        case method(Operand, slot: Int)
        /// An object and its table apart, as Rust has them: the function stands in the table at this byte offset and is
        /// passed the object.
        case dynamic(Operand, vtable: Operand, slot: Int)
        /// A function pointer of Swift, and the context that it is passed as its self.
        case swiftClosure(Operand, context: Operand)
        /// A pointer to an async function pointer of Swift (a relative address of the function, the size of its
        /// frame), and the context that it is passed as its self.
        case swiftAsync(Operand, context: Operand)
        /// It is handed over in thread-local variables or in a way that no argument shows.
        case notShown
    }

    var target: Target
    /// What it is passed first, where the call says so. Of a block and a method that is the object itself.
    var argument: Operand?
}
