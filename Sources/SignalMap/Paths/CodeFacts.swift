/// What interpretation found out about each function of a binary: all that the later steps know of its code.
///
/// Lists of all functions stand one behind the other, in the order of the functions; each function has its stretch.
struct CodeFacts {
    struct Call {
        enum Target: Hashable {
            /// A function by its index, an imported symbol, a resolver's choice, or something not understood.
            case direct(CodeMap.Target)
            /// Through a value.
            case indirect(Value)
            /// The kernel; the number of the call.
            case system(PathID)
        }
        /// Of the call or jump instruction.
        var address: UInt64
        /// Where the callee returns to; 0 for a tail call.
        var returnAddress: UInt64
        /// Into the function's blocks.
        var block: Int32
        var target: Target
        /// Into `arguments`: integer arguments 0 to 5 and, where their places on the stack were written, further ones;
        /// of system calls their up to six.
        var arguments: Range<Int>
        var isTail: Bool { returnAddress == 0 }
    }

    struct Store {
        enum How: UInt8 {
            /// The value replaces what was there.
            case plain
            /// Exchanged or compared and exchanged: the value, or nothing.
            case exchange
            /// Something computed from what was there.
            case modify
            /// Some bits of what was there become 1, or 0.
            case setBits
            case clearBits

            /// What was there goes into it.
            var isModification: Bool { self == .modify || self == .setBits || self == .clearBits }
        }
        var address: UInt64
        var block: Int32
        var how: How
        /// Bytes.
        var width: UInt8
        /// The address that is written: a field, an element, a global variable or a bare pointer.
        var place: PathID
        /// What the place is part of where `place` itself does not say (a bare pointer with a type).
        var type: TypeID
        var value: Value
        /// Which bits become 1 or 0.
        var bits: Int64 = 0
    }

    /// A comparison that a block ends with, and the jump on it.
    struct Test {
        var address: UInt64
        var block: Int32
        /// Opcode bits of the condition under which the jump is taken (DWI_EQUAL and so on).
        var condition: UInt8
        /// Of a comparison the difference counts, of a test the bits both have.
        var isMask: Bool
        /// Bytes compared.
        var width: UInt8
        var left: PathID
        var right: PathID
        /// Into the function's blocks: where control is when the jump is taken; nil: outside.
        var taken: Int32?
    }

    /// An address of code or of a table of code addresses that an instruction forms.
    struct Reference {
        /// Of the instruction.
        var at: UInt64
        var to: UInt64
    }

    /// Where interpretation lost a value that somebody may have needed.
    struct Mark {
        enum What: UInt8 {
            /// A block was interpreted with nothing known, since no way to it was understood.
            case unknownState
            /// Where the stack pointer stands was lost.
            case stackPointer
            /// The function was not interpreted to the end.
            case budget
            /// A jump through a table or a pointer that was not understood.
            case jump
            /// A function uses more stack slots than are kept: values in some of them are lost.
            case frame
            /// A bulk copy or fill through a pointer (rep movs): bytes without types.
            case bytes
        }
        var what: What
        var address: UInt64
    }

    struct Function {
        var calls: Range<Int>
        var stores: Range<Int>
        var tests: Range<Int>
        var references: Range<Int>
        var marks: Range<Int>
        /// What it may return in rax.
        var returns: Range<Int>
    }

    var paths = PathTable()
    /// By the map's function index.
    var functions: [Function] = []
    var calls: [Call] = []
    var arguments: [Value] = []
    var stores: [Store] = []
    var tests: [Test] = []
    var references: [Reference] = []
    var marks: [Mark] = []
    var returned: [Value] = []

    init() {}
}
