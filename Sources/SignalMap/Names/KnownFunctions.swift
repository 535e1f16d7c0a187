/// All functions that are known by name: one table, made once.
enum KnownFunctions {
    /// What is known of the function of this name; nil for one that nothing is known of.
    ///
    /// Names are as symbol tables have them, mangled, with or without a version ("@GLIBC_2.3.2"). One look-up in a
    /// hash table for a name that is in it.
    static func named(_ symbol: String) -> KnownFunction? {
        if let known = table.entries[symbol] { return known }
        // What follows an @ is the version.
        if let at = symbol.utf8.firstIndex(of: UInt8(ascii: "@")), at != symbol.utf8.startIndex {
            return named(String(symbol[..<at]))
        }
        return family(symbol) ?? rust(symbol)
    }

    static let table: KnownFunctionTable = {
        var table = KnownFunctionTable()
        table.addPOSIXThreads()
        table.addPOSIXLocks()
        table.addC11Threads()
        table.addStandardCXX()
        table.addDispatch()
        table.addDescriptors()
        table.addCallbacks()
        table.addMemory()
        table.addText()
        table.addSystem()
        table.addSwiftRuntime()
        table.addSwiftConcurrency()
        table.addSwiftDispatch()
        table.addFoundation()
        table.addLibCXX()
        table.addCXXRuntime()
        table.addRustAllocators()
        table.addLibraries()
        return table
    }()
}
