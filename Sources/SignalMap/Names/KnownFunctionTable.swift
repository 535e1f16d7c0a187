/// Names and what is known of each; what the tables of the families are written into.
struct KnownFunctionTable {
    private(set) var entries: [String: KnownFunction] = [:]
    /// The library that a table's names were taken from, for tests that hold them against the real one.
    var origins: [String: Library] = [:]
    /// What names added from now on are taken from.
    var library = Library.libc

    enum Library: String, Sendable, CaseIterable {
        case libc
        case libm
        case libstdcxx
        case libcxx
        case dispatch
        case swiftDispatch
        case foundation
        case swiftConcurrency
        case swiftSynchronization
        case swiftCore
        /// Inlined from headers, of several versions, or of a library that need not be installed.
        case other
    }

    init() {
        entries.reserveCapacity(4096)
        origins.reserveCapacity(4096)
    }

    mutating func change(_ name: String, _ body: (inout KnownFunction) -> Void) {
        if origins[name] == nil { origins[name] = library }
        body(&entries[name, default: KnownFunction()])
    }

    /// The names, of which there are many, do this to an object that threads wait on.
    mutating func primitive(_ names: String..., does primitive: Primitive) {
        for name in names.flatMap(Self.words) { change(name) { $0.primitive = primitive } }
    }

    /// The names are handed this code.
    mutating func callback(
        _ names: String..., at moment: KnownFunction.Callback.Moment, _ target: Routine.Target,
        argument: Operand? = nil
    ) {
        let callback = KnownFunction.Callback(
            moment: moment, routine: Routine(target: target, argument: argument))
        for name in names.flatMap(Self.words) { change(name) { $0.callbacks.append(callback) } }
    }

    /// The names call back nothing and keep nothing, but may write through their arguments.
    mutating func plain(_ names: String, result: KnownFunction.Result = .noPointer) {
        for name in Self.words(names) { change(name) { $0.result = result } }
    }

    /// The names only read what their arguments point to.
    mutating func reading(_ names: String, result: KnownFunction.Result = .noPointer) {
        for name in Self.words(names) {
            change(name) {
                $0.result = result
                $0.written = []
            }
        }
    }

    /// The names only read what their arguments point to, but for these.
    mutating func writing(_ names: String, to arguments: ArgumentSet, result: KnownFunction.Result = .noPointer) {
        for name in Self.words(names) {
            change(name) {
                $0.result = result
                $0.written = arguments
            }
        }
    }

    /// The names fill what these arguments point to from a source that may hold pointers.
    mutating func filling(_ names: String, _ arguments: ArgumentSet) {
        for name in Self.words(names) {
            change(name) {
                $0.filled = arguments
                $0.written = arguments
            }
        }
    }

    /// The names write where pointers lead that they find in what these arguments point to.
    mutating func scattering(_ names: String, _ arguments: ArgumentSet, later: Bool = false) {
        for name in Self.words(names) {
            change(name) {
                $0.scattered = arguments
                $0.writesLater = later
            }
        }
    }

    /// The names keep these arguments where no pointer of the program leads.
    mutating func keeping(_ names: String, _ arguments: ArgumentSet) {
        for name in Self.words(names) { change(name) { $0.kept = $0.kept.union(arguments) } }
    }

    /// The names hand the contents of what these arguments point to to somebody else.
    mutating func sending(_ names: String, _ arguments: ArgumentSet) {
        for name in Self.words(names) {
            change(name) {
                $0.sent = $0.sent.union(arguments)
                $0.written = []
            }
        }
    }

    /// The names copy bytes between arguments.
    mutating func copying(
        _ names: String, to destination: Operand, from source: Operand, size: Operand?,
        result: KnownFunction.Result = .noPointer
    ) {
        let copy = KnownFunction.ByteCopy(destination: destination, source: source, size: size)
        for name in Self.words(names) {
            change(name) {
                $0.copy = copy
                $0.result = result
                if case .argument(let index) = destination { $0.written = [index] }
            }
        }
    }

    /// The names return, or store, a pointer to fresh memory.
    mutating func allocating(
        _ names: String, size: Operand? = nil, count: Operand? = nil, at place: Operand = .result,
        replacing old: Operand? = nil, copying source: Operand? = nil
    ) {
        let allocation = KnownFunction.Allocation(
            place: place, size: size, count: count, replaces: old, copies: source)
        for name in Self.words(names) {
            change(name) {
                $0.allocation = allocation
                $0.frees = old
                $0.written = []
                if case .pointee(let index, _) = place { $0.written = [index] }
            }
        }
    }

    mutating func freeing(_ names: String, _ operand: Operand) {
        for name in Self.words(names) {
            change(name) {
                $0.frees = operand
                $0.written = []
            }
        }
    }

    static func words(_ text: String) -> [String] {
        text.utf8.split(whereSeparator: { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }).compactMap {
            String($0)
        }
    }
}
