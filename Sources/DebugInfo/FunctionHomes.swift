/// Where the functions of a unit stand that are children of the unit itself or of its namespaces: noted while the unit
/// is walked for other reasons, since to find the namespaces of one entry means to walk to it from the unit's start.
struct FunctionHomes {
    private struct Home {
        /// Of the namespace's entry, or the unit's.
        var entry: Int
        /// The one around it, as an index; nil of the unit.
        var outer: Int?
    }

    let unit: DwarfUnit
    private var homes: [Home] = []
    /// The open ones, outermost first.
    private var open: [(home: Int, depth: Int)] = []
    /// Offsets of the functions' entries, growing, and the home of each.
    private var functions: [Int] = []
    private var homeOfFunction: [Int] = []

    init(_ unit: DwarfUnit) { self.unit = unit }

    mutating func enter(_ entry: Int, depth: Int) {
        open.append((homes.count, depth))
        homes.append(Home(entry: entry, outer: open.dropLast().last?.home))
    }

    /// The children of an entry of that depth have ended.
    @inline(__always)
    mutating func leave(depth: Int) {
        if open.last?.depth == depth { open.removeLast() }
    }

    mutating func add(_ function: Int) {
        guard let home = open.last?.home else { return }
        functions.append(function)
        homeOfFunction.append(home)
    }

    /// The names of the namespaces around a function, outermost first; nil of an entry that was not met.
    func enclosingNames(of function: Int) -> [String]? {
        let position = SymbolTable.lowerBound(functions, function)
        guard position < functions.count, functions[position] == function else { return nil }
        var names: [String] = []
        var home: Int? = homeOfFunction[position]
        while let index = home {
            names.append(unit.scopeName(at: homes[index].entry))
            home = homes[index].outer
        }
        return names.reversed().filter { !$0.isEmpty }
    }
}
