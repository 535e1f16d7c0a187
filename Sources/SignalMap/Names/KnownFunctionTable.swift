/// Names and what is known of each; what the tables of the families are written into.
struct KnownFunctionTable {
    private(set) var entries: [String: KnownFunction] = [:]
    /// The library that a table's names were taken from, for tests that hold them against the real one.
    private(set) var origins: [String: Library] = [:]
    /// What names added from now on are taken from.
    var library = Library.libc

    enum Library: String, Sendable, CaseIterable {
        case libc
        case libstdcxx
        case libcxx
        case dispatch
        case foundation
        case swiftConcurrency
        case swiftSynchronization
        case swiftCore
        case rust
        /// Inlined from headers, of several versions, or of a library that need not be installed.
        case other
    }

    mutating func change(_ name: String, _ body: (inout KnownFunction) -> Void) {
        if origins[name] == nil { origins[name] = library }
        body(&entries[name, default: KnownFunction()])
    }

    /// The names do this to an object that threads wait on.
    mutating func primitive(_ names: String..., does primitive: Primitive) {
        for name in names { change(name) { $0.primitive = primitive } }
    }

    /// The names are handed this code.
    mutating func callback(
        _ names: String..., at moment: KnownFunction.Callback.Moment, _ target: Routine.Target,
        argument: Operand? = nil
    ) {
        let callback = KnownFunction.Callback(
            moment: moment, routine: Routine(target: target, argument: argument))
        for name in names { change(name) { $0.callbacks.append(callback) } }
    }
}
