import SignalMapABI

/// What a search found.
package struct Reach: Sendable {
    /// By the set's numbers, then by root; nil of roots and of what is not reached.
    package internal(set) var steps: [Reachability.Step?]
    /// The weakest edge on the way, by the set's numbers; 255 of what is not reached.
    package internal(set) var levels: [UInt8]
    /// Functions that are reached from their start, by how surely.
    package internal(set) var functions: [Int] = []
    /// Functions that the search began with.
    package internal(set) var starts: Set<Int> = []
    /// Parts of functions that may run: the roots, as far as maps know them, and behind these variants of functions that
    /// calls with constants run.
    package internal(set) var roots: [CodeAhead] = []
    /// Of these the weakest edge on the way.
    var rootLevels: [UInt8] = []
    /// Control may come back to the callers of some root.
    package internal(set) var mayReturn = false
    /// Symbols that no map of the set defines, with the weakest edge on the surest way there.
    package internal(set) var outside: [String: UInt8] = [:]
    /// Calls that may lead elsewhere than is known: map and call.
    package internal(set) var openCalls: [(map: Int, call: UInt32)] = []
    /// Roots in code that no map knows.
    package internal(set) var unknownRoots: [Reachability.Root] = []

    /// All of a function, from its start.
    package func reaches(_ number: Int) -> Bool { levels.indices.contains(number) && levels[number] != 255 }

    /// A function from its start, all of it or what some call's constants leave of it.
    package func reaches(variantOf function: SignalMapSet.Function, _ set: SignalMapSet) -> Bool {
        reaches(set.number(function)) || roots.contains { $0.isVariant && $0.function == function }
    }

    /// The function of a number that steps and ways begin with, or that `sites` names: a root's own for what is behind
    /// the set's functions.
    package func function(numbered number: Int, _ set: SignalMapSet) -> SignalMapSet.Function {
        number < levels.count ? set.function(numbered: number) : roots[number - levels.count].function
    }

    /// The weakest edge on the way to a number that `sites` names; roots are there without any.
    package func level(of number: Int) -> UInt8 {
        if levels.indices.contains(number) { return levels[number] }
        let place = number - levels.count
        return rootLevels.indices.contains(place) ? rootLevels[place] : 0
    }

    /// The steps from a root to a function, in order; empty for one that is not reached, and for roots.
    package func way(to number: Int) -> [Reachability.Step] {
        var way: [Reachability.Step] = []
        var number = number
        while steps.indices.contains(number), let step = steps[number], way.count < steps.count {
            way.append(step)
            number = step.from
        }
        return way.reversed()
    }

    /// What the code that is reached does, each with the number that `way` takes.
    package func sites(_ set: SignalMapSet) -> [(site: SignalMapSet.Site, number: Int)] {
        var sites: [(SignalMapSet.Site, Int)] = []
        for number in functions {
            let function = set.function(numbered: number)
            for index in set.maps[function.map].operations(ofFunction: function.index) {
                sites.append((SignalMapSet.Site(map: function.map, operation: index), number))
            }
        }
        for (place, root) in roots.enumerated() where !isWhole(root, set) {
            let map = set.maps[root.function.map]
            for index in map.operations(ofFunction: root.function.index) {
                let operation = map.operations[index]
                if let call = map.call(operation.call), !root.holds(operationsOf: call) { continue }
                sites.append((SignalMapSet.Site(map: root.function.map, operation: index), levels.count + place))
            }
        }
        return sites
    }

    /// Stores of the code that is reached: map, place among its stores, and the number that `way` takes.
    package func stores(_ set: SignalMapSet) -> [(map: Int, store: Int, number: Int)] {
        var stores: [(Int, Int, Int)] = []
        for number in functions {
            let function = set.function(numbered: number)
            for index in set.maps[function.map].stores(ofFunction: function.index) {
                stores.append((function.map, index, number))
            }
        }
        for (place, root) in roots.enumerated() where !isWhole(root, set) {
            let map = set.maps[root.function.map]
            for index in map.stores(ofFunction: root.function.index)
            where root.holds(block: map.stores[index].block, address: map.stores[index].address) {
                stores.append((root.function.map, index, levels.count + place))
            }
        }
        return stores
    }

    /// A root whose function is reached from its start, too, has all its code among the functions'.
    private func isWhole(_ root: CodeAhead, _ set: SignalMapSet) -> Bool { reaches(set.number(root.function)) }
}
