/// Names of functions that a binary defines itself.
extension KnownFunctions {
    /// What is known of a function that stands in the binary itself, by all the symbols at its entry, with the one that
    /// says so; nil for what has to be looked into.
    ///
    /// A name of libc means libc's function only where it is imported: programs have functions of their own that are
    /// called `send`, `error` or `index`. What stands in a binary is known by a name that no program gives a function of
    /// its own: one that is mangled in a namespace of a standard library or runtime; and, in a program that holds libc,
    /// one of libc's that is composed ("pthread_join") or stands beside another of libc's names for the same function
    /// ("read" beside "__libc_read").
    static func defined(_ symbols: [String], holdsLibC: Bool) -> (name: String, function: KnownFunction)? {
        for symbol in symbols where isOfRuntime(symbol) {
            guard let known = named(symbol) else { continue }
            // What is started is not shown by the call, but by the code.
            if known.primitive?.operation == .create, known.primitive?.routine?.target == .notShown { continue }
            return (symbol, known)
        }
        guard holdsLibC else { return nil }
        let known = symbols.compactMap { symbol in libC(symbol).map { (symbol, $0) } }
        guard let first = known.first(where: { !$0.0.hasPrefix("_") }) ?? known.first else { return nil }
        let isComposed = known.contains { symbol, _ in symbol.dropFirst().contains("_") }
        return isComposed ? first : nil
    }

    /// Whether one of these programs holds libc: they define what every program begins with.
    static func holdsLibC(_ functions: [[String]]) -> Bool {
        functions.contains { $0.contains("__libc_start_main") || $0.contains("__libc_start_main_impl") }
    }

    private static func isOfRuntime(_ symbol: String) -> Bool {
        // _ZSt and _ZNSt: namespace std; _Zn, _Zd: operators new and delete; $s: Swift; _R: Rust.
        let prefixes = [
            "_ZSt", "_ZNSt", "_ZNKSt", "_Zn", "_Zd", "__cxa_", "swift_", "_swift_", "dispatch_", "$s", "_R",
        ]
        if prefixes.contains(where: { symbol.hasPrefix($0) }) { return true }
        return ["_ZN3std", "_ZN11parking_lot", "_ZN16parking_lot_core"].contains { symbol.hasPrefix($0) }
    }
}
