import SignalMapABI

/// Which code linked maps say may still run from given places on.
///
/// Functions are found by the weakest edge on the way to them first, then by the number of calls: a function's way is
/// the surest there is, and of those the shortest. Not for use by several threads at once.
package final class Reachability {
    package struct Options: Hashable, Sendable {
        /// Weaker edges are not followed: one of `enum dwm_level`.
        package var weakest = DWM_ANY.rawValue
        /// Weaker edges are followed all the same where nothing stronger is known of a call.
        package var followsTheOnlyAnswer = false
        /// What the threads run that are created on the way counts, too.
        package var followsCreations = true
        /// The maps are of all binaries that the process has, or will have: virtual calls reach no classes but theirs.
        /// Otherwise a call of a class that others may derive from counts among the open calls.
        package var knowsAllBinaries = false

        package init() {}
    }

    /// How something is reached.
    package struct Step: Sendable {
        /// A function's number in the set of maps, or from the set's count of functions on a root's.
        package var from: Int
        /// Into the calls of the map of `from`.
        package var call: UInt32
        /// Of this edge.
        package var level: UInt8
        /// Not called: run by a thread that the call creates.
        package var isCreation: Bool
    }

    let set: SignalMapSet
    private var cells: SharedCells
    private let classes: SharedClasses
    private let creations: CoveredCreations
    private var known: [Key: Reach] = [:]
    /// Answers that are kept at most.
    private static let limit = 256

    private struct Key: Hashable {
        var roots: [Root]
        var options: Options
    }

    /// Where code begins to run.
    package enum Root: Hashable, Sendable {
        case function(SignalMapSet.Function)
        /// Where a call returns to, by the map's number and the binary's own addresses.
        case returnAddress(map: Int, UInt64)
    }

    package init(_ set: SignalMapSet) {
        self.set = set
        cells = SharedCells(set.maps)
        classes = SharedClasses(set.maps)
        creations = CoveredCreations(set.maps)
    }

    /// All that may run from the roots on. Roots in code that no map knows count as outside.
    package func reach(from roots: [Root], _ options: Options = Options()) -> Reach {
        let key = Key(roots: roots, options: options)
        if let answer = known[key] { return answer }
        var search = ReachSearch(set, options, cells, classes, creations)
        search.run(roots)
        cells = search.cells
        if known.count >= Self.limit { known.removeAll() }
        known[key] = search.reach
        return search.reach
    }

    /// Functions that code elsewhere may call at any time: what was registered with functions that no map of the set
    /// defines. What initializers do is done.
    package func callbacks() -> [SignalMapSet.Function] {
        var found: Set<SignalMapSet.Function> = []
        for (number, map) in set.maps.enumerated() {
            for callback in map.callbacks {
                guard let how = map.string(callback.how), !how.hasPrefix("."), set.definition(symbol: how) == nil else {
                    continue
                }
                found.insert(SignalMapSet.Function(map: number, index: callback.function))
            }
        }
        return found.sorted()
    }
}
