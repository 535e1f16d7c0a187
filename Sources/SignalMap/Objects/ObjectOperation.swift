/// Something that a call does to an object, counted where the object is decided: at the primitive's call, or at the call
/// of the wrapper, or of the wrapper's wrapper, that says which object.
struct ObjectOperation: Hashable {
    /// The same numbers as `dwm_action`.
    enum Action: UInt8 {
        case wait = 1
        case signal, create, join, acquire, release, initialize, destroy
    }

    /// The same bits as `dwm_operation_flag`.
    struct Flags: OptionSet, Hashable {
        var rawValue: UInt16
        static let timed = Flags(rawValue: 1 << 0)
        static let wakesAll = Flags(rawValue: 1 << 1)
        static let lifted = Flags(rawValue: 1 << 2)
        /// Hangs on the function's own parameters: holds where its callers are not known.
        static let parametric = Flags(rawValue: 1 << 3)
        /// Lifting ended before the object was decided.
        static let weak = Flags(rawValue: 1 << 4)
        /// A function of another binary that nothing is known of is handed the object: it may do this.
        static let handed = Flags(rawValue: 1 << 5)
    }

    var function: Int32
    var call: Int32
    /// The primitive's own call.
    var origin: Int32
    var action: Action
    var kind: Primitive.Kind
    var flags: Flags
    /// Into the analysis's `known`; of a system call -1.
    var primitive: Int32
    /// In the terms of `function`.
    var object: Value
    var lock: Value?
    var routine: RoutineValue?
}

/// What a creation runs, and what it is passed.
struct RoutineValue: Hashable {
    enum Form: Hashable {
        /// `target` is the function's address.
        case function
        /// `target` points to an object or table; the function's address is in its memory at this offset.
        case member(Int64)
        /// `target` points to an object; its vtable holds the function at this offset.
        case method(Int)
        /// `target` points to an async function pointer of Swift.
        case swiftAsync
        /// No argument says.
        case notShown
    }
    var form: Form
    var target: Value
    var argument: Value
}

/// A call through a function pointer that a caller passes: at the caller's call the function is decided.
struct HandedCall: Hashable {
    /// The function with the call of `call`, which is that of the wrapper.
    var function: Int32
    var call: Int32
    /// The call through the pointer.
    var origin: Int32
    var target: Value
    var flags: ObjectOperation.Flags
}
