/// Says what the words of a binary's data lead to when they are called.
struct CalleeResolver {
    let map: CodeMap
    let data: DataWords
    /// Functions that end the process because the called one does not exist.
    private let pure: Set<Int32>
    /// Where jumps through tables go: tables of a program for a fixed address hold such addresses as they are.
    private let labels: Set<UInt64>

    static let pureNames: Set<String> = ["__cxa_pure_virtual", "__cxa_deleted_virtual", "swift_deletedMethodError"]

    init(_ map: CodeMap, _ data: DataWords) {
        self.map = map
        self.data = data
        var pure: Set<Int32> = []
        for symbol in map.binary.symbols where symbol.isFunction && Self.pureNames.contains(symbol.name) {
            if let function = map.function(holding: symbol.address) { pure.insert(Int32(clamping: function)) }
        }
        self.pure = pure
        var labels: Set<UInt64> = []
        if data.isFixed { for table in map.jumpTables.values { labels.formUnion(table.addresses) } }
        self.labels = labels
    }

    /// What calling the address in a word reaches; nil when it is no code.
    func callee(of word: DataWords.Word) -> ClassTables.Callee? {
        if word.isResolved {
            return ClassTables.Callee(
                kind: .resolved, function: Int32(clamping: map.function(holding: word.value) ?? -1))
        }
        if word.value != 0 {
            guard var callee = callee(at: word.value) else { return nil }
            if callee.symbol < 0 { callee.symbol = word.symbol }
            return callee
        }
        guard word.symbol >= 0, !data.importedData.contains(word.symbol) else { return nil }
        let name = data.names[Int(word.symbol)]
        // Undefined data need not have a type in the symbol table; these names say it.
        if name.hasPrefix("_ZT"), let letter = name.dropFirst(3).first, "VTSI".contains(letter) { return nil }
        if Self.pureNames.contains(name) { return ClassTables.Callee(kind: .pure, symbol: word.symbol) }
        return ClassTables.Callee(kind: .imported, symbol: word.symbol)
    }

    /// What calling an address of this file reaches; nil when it is no code.
    func callee(at address: UInt64) -> ClassTables.Callee? {
        guard map.binary.isCode(address) else { return nil }
        switch map.target(of: address) {
        case .function(let function):
            let number = Int32(clamping: function)
            return ClassTables.Callee(kind: pure.contains(number) ? .pure : .function, function: number)
        case .symbol(let name):
            // A stub: of a function that is defined here after all, or of another module's.
            let symbol = data.intern(name)
            if Self.pureNames.contains(name) { return ClassTables.Callee(kind: .pure, symbol: symbol) }
            if let own = map.binary.exports[name], let function = map.function(holding: own),
                map.start(of: function) == own
            {
                return ClassTables.Callee(kind: .function, function: Int32(clamping: function), symbol: symbol)
            }
            return ClassTables.Callee(kind: .imported, symbol: symbol)
        case .resolved(let resolver):
            return ClassTables.Callee(
                kind: .resolved, function: Int32(clamping: map.function(holding: resolver) ?? -1))
        case .unknown:
            if labels.contains(address) { return nil }
            return ClassTables.Callee(
                kind: .unknown, function: Int32(clamping: map.function(holding: address) ?? -1))
        }
    }
}
