/// What is known of a function of somebody else's by its name, so that a call to it need not count as "may do anything".
///
/// What is not said does not happen: a function with an entry keeps no pointer but those of `kept`, and calls no code of
/// the program but `callbacks`.
struct KnownFunction: Hashable, Sendable {
    /// Code of the program that the function is handed.
    struct Callback: Hashable, Sendable {
        enum Moment: UInt8, Hashable, Sendable {
            /// Before the call returns, on the calling thread.
            case now
            /// At any time after the call, on any thread.
            case later
            /// When a thread ends, on that thread.
            case threadExit
            /// When the process ends, on the thread that ends it.
            case processExit
            /// In a signal handler, on any thread, between any two instructions.
            case signalHandler
            /// On a thread that somebody else creates some time after the call: of a timer, of a thread pool.
            case newThread
        }

        var moment: Moment
        var routine: Routine
    }

    /// Memory that nobody else holds a pointer to.
    struct Allocation: Hashable, Sendable {
        /// Where the pointer to it appears: the result, or what an argument points to.
        var place: Operand
        /// The argument with the size; the factor of it where there are two.
        var size: Operand?
        var count: Operand?
        /// An older allocation that the new one takes the place and the contents of (realloc).
        var replaces: Operand?
        /// The contents are copied from where this argument points (strdup).
        var copies: Operand?
    }

    /// Bytes that travel, and with them pointers to functions and objects.
    struct ByteCopy: Hashable, Sendable {
        var destination: Operand
        var source: Operand
        /// The argument with the count of bytes; nil where the bytes end with a zero.
        var size: Operand?
    }

    /// What the result is, as far as pointers go.
    enum Result: Hashable, Sendable {
        /// A pointer to something that is not known.
        case unknown
        /// No pointer to anything of the program's: a number, a status, a handle or data of the library's own.
        case noPointer
        /// The pointer that this argument is.
        case argument(Int)
        /// A pointer into the object that this argument points to or into.
        case within(Int)
        /// The address of an exported symbol, whose name this argument points to (dlsym).
        case symbol(named: Int)
        /// What some call to this function was given (pthread_setspecific, dispatch_set_context).
        case kept(by: String)
    }

    var primitive: Primitive?
    var callbacks: [Callback] = []
    var allocation: Allocation?
    var copy: ByteCopy?
    /// Arguments that stay in memory that no pointer of the program leads to: what they point to has escaped.
    var kept = ArgumentSet()
    /// Arguments that the function ties together: each may hold a pointer to any other afterwards, at any place in it and
    /// in what it leads to (nodes of a list or a tree). They are all among `kept`, too, for those who do not look here.
    var linked = ArgumentSet()
    /// Arguments whose contents go where a call that fills memory may fetch them again: what pointers among them point
    /// to has escaped, though not the memory itself.
    var sent = ArgumentSet()
    /// Arguments through which the function may write bytes that are no pointers of the program, into what they point to
    /// and what that leads to: all, unless it is known to read only.
    var written = ArgumentSet.from(0)
    /// Arguments through which it writes what may well be pointers, from a source that is not known (read from a pipe,
    /// handed to the kernel before).
    var filled = ArgumentSet()
    /// Arguments that lead to memory that holds pointers, through which the function writes bytes (readv(2)).
    var scattered = ArgumentSet()
    /// What it writes so may be written at any time after the call, by the kernel or a thread of the library's.
    var writesLater = false
    var result = Result.noPointer
    /// Control can come back from it more than once (setjmp).
    var returnsTwice = false
    /// It frees what this argument points to.
    var frees: Operand?
    /// It loads code that no map may be there for, and runs its initialisers (dlopen).
    var loadsCode = false
}

/// A set of arguments by their index; those of 0 to 31, which is more than any known function takes.
struct ArgumentSet: Hashable, Sendable, ExpressibleByArrayLiteral {
    var bits: UInt32 = 0

    init() {}
    init(arrayLiteral elements: Int...) {
        for element in elements where (0..<32).contains(element) { bits |= 1 << UInt32(element) }
    }

    /// All arguments from this one on.
    static func from(_ first: Int) -> Self {
        var set = Self()
        if (0..<32).contains(first) { set.bits = ~0 << UInt32(first) }
        return set
    }

    func contains(_ index: Int) -> Bool { (0..<32).contains(index) && bits & (1 << UInt32(index)) != 0 }
    var isEmpty: Bool { bits == 0 }
    func union(_ other: Self) -> Self {
        var set = self
        set.bits |= other.bits
        return set
    }
}
