/// What a binary calls its functions and variables.
struct BinaryNames {
    struct Variable: Hashable {
        var address: UInt64
        /// Bytes; 0 where the symbol table says nothing.
        var size: UInt64
        var name: String
        /// Other binaries can mean it by its name.
        var isExported: Bool
    }

    /// By function index, all symbols at its entry.
    var functions: [[String]] = []
    /// Functions that calls by symbol may lead to in this same binary.
    var exportedFunctions: [String: Int] = [:]
    /// By address, one an address, exported ones first.
    var variables: [Variable] = []
    /// Functions that others than their direct callers may call: exported ones, and those whose address is taken.
    var openFunctions: Set<Int> = []
    /// Variables by their symbol.
    var exportedVariables: [String: UInt64] = [:]
    /// Methods that calls through the metadata of other binaries' Swift classes may mean, by their place there.
    var swiftMethods: [Int64: [String]] = [:]

    /// Words of the data that hold the address of data that may be written, by place; those of the linker's own table
    /// (.got) are read by code, which says itself what it does with them.
    var dataWords: [(place: UInt64, value: UInt64)] = []
    /// Addresses that nothing is written to once the program runs.
    var constants: [Range<UInt64>] = []

    init() {}

    init(_ map: CodeMap) {
        constants = FlowBuilder.constantRanges(of: map.binary)
        functions = map.functions.map { map.ranges[$0.ranges[0]].names }
        for (name, address) in map.binary.exports {
            if let function = map.function(holding: address), map.start(of: function) == address {
                exportedFunctions[name] = function
                openFunctions.insert(function)
            } else {
                exportedVariables[name] = address
            }
        }
        if SwiftTableReader.isSwift(map.binary) {
            swiftMethods = SwiftMethods.byPlace(
                importing: map.binary.pointers.values.lazy.compactMap { pointer in
                    if case .symbol(let name, _) = pointer { name } else { nil }
                })
        }
        for address in map.takenAddresses {
            if let function = map.function(holding: address) { openFunctions.insert(function) }
        }
        dataWords = Self.dataWords(of: map.binary, constants)
        for symbol in map.binary.symbols where !symbol.isFunction && !map.binary.isCode(symbol.address) {
            let variable = Variable(
                address: symbol.address, size: symbol.size, name: symbol.name, isExported: symbol.isDynamic)
            if let last = variables.last, last.address == variable.address {
                if !last.isExported && variable.isExported { variables[variables.count - 1] = variable }
            } else {
                variables.append(variable)
            }
        }
    }

    private static func dataWords(of binary: BinaryFile, _ constants: [Range<UInt64>]) -> [(
        place: UInt64, value: UInt64
    )] {
        // SHF_ALLOC and SHF_WRITE
        let written = binary.sections.filter { $0.flags & 3 == 3 && $0.size > 0 && !$0.name.hasPrefix(".got") }
        func isWritten(_ address: UInt64) -> Bool {
            written.contains { address >= $0.address && address - $0.address < $0.size }
                && !constants.contains { $0.contains(address) }
        }
        let tables = binary.sections.filter { $0.name.hasPrefix(".got") }
        let data = DataWords(binary)
        return data.words.compactMap { word in
            let isOfTable = tables.contains { word.place >= $0.address && word.place - $0.address < $0.size }
            return !isOfTable && isWritten(word.value) ? (word.place, word.value) : nil
        }
    }

    func isOpen(_ function: Int) -> Bool { openFunctions.contains(function) }

    func isConstant(_ address: UInt64) -> Bool { constants.contains { $0.contains(address) } }

    /// The variable that an address lies in, by the symbol table.
    func variable(holding address: UInt64) -> Variable? {
        let low = variables.partition { $0.address <= address }
        guard low > 0 else { return nil }
        let variable = variables[low - 1]
        return address - variable.address < max(variable.size, 1) ? variable : nil
    }
}
