import ProcessModel
import SignalMap
import SignalMapABI

/// Who of the stuck may just have nothing to do.
extension SignalWaits {
    /// A thread other than the first that waits in its own start routine, not in a function that somebody called: for
    /// something to do. Not at a barrier and not for a result: who comes there has done something and wants to go on. Nor is
    /// one that a pool has given work.
    func isServer(_ position: Int) -> Bool {
        guard position > 0, !waitsForOthers.contains(position), items[position] != nil, stacks[position].start != nil,
            !stacks[position].isWorkItem
        else { return false }
        return ownFrames(position).count <= 1
    }

    /// A thread other than the first that waits in its start routine or in what that called, and that nobody joins: it
    /// may be one that has nothing to do, also where others wait for what it would do then. Without symbols it is not
    /// known which of its frames are the program's own.
    func mayBeIdle(_ position: Int, _ graph: WaitGraph) -> Bool {
        guard position > 0, items[position] != nil else { return false }
        let frames = ownFrames(position)
        guard frames.count <= 2 || !frames.areNamed else { return false }
        return !graph.edges.contains { $0?.releasers.contains(position) == true }
    }

    /// How a function of the C++ library begins that is made in the program itself, from a template: in namespace std or
    /// __gnu_cxx (Itanium C++ ABI, 5.1). Such frames only lead from one function of the program to the next.
    private static let libraryNames = ["_ZNSt", "_ZNKSt", "_ZSt", "_ZN9__gnu_cxx", "_ZNK9__gnu_cxx"]

    /// Frames of the program's own from the one that says what it waits for outwards, and whether all of them have names.
    private func ownFrames(_ position: Int) -> (count: Int, areNamed: Bool) {
        guard let wait = items[position]?.wait else { return (0, false) }
        let names = stacks[position].places.filter { $0.frame >= wait.frame }.map { place in
            MappedStack.function(of: place, maps).flatMap { maps.set.maps[$0.map].name(ofFunction: $0.index) }
        }
        let own = names.filter { name in
            name.map { name in !Self.libraryNames.contains { name.hasPrefix($0) } } ?? true
        }
        return (own.count, !names.contains(nil))
    }

    /// Stuck threads that somebody is owed an answer by: those that are no servers, and the servers that one of these
    /// cannot go on without.
    func owing(_ scope: Scope, _ graph: WaitGraph) -> Set<Int> {
        let stuck = stuck[scope] ?? []
        var owing = stuck.filter { !isServer($0) }
        var open = Array(owing)
        while let position = open.popLast() {
            let needed = stuck.subtracting(owing).filter { other in
                if let item = items[position] {
                    return waitsForTheSame(position, other) || hasPlace(ending: item, other, scope)
                }
                return graph.edges[position]?.releasers.contains(other) == true
            }
            owing.formUnion(needed)
            open += needed
        }
        return owing
    }

    /// Both wait for one object, in one place, or until one and the same test of memory comes out otherwise: what holds for
    /// the one holds for the other.
    private func waitsForTheSame(_ position: Int, _ other: Int) -> Bool {
        guard let object = objects[position], objects[other] == object, let own = items[position]?.wait,
            let others = items[other]?.wait
        else { return false }
        if own.sites == others.sites { return true }
        guard let tests = own.regions.first?.predicates, let otherTests = others.regions.first?.predicates else {
            return false
        }
        return tests.contains { one in otherTests.contains { isSame(one, $0) } }
    }

    /// The same cell, compared with the same constant in the same way.
    private func isSame(_ one: (map: Int, record: dwm_predicate), _ other: (map: Int, record: dwm_predicate)) -> Bool {
        let (a, b) = (one.record, other.record)
        guard a.has_constant != 0, b.has_constant != 0, a.constant == b.constant, a.condition == b.condition,
            a.is_mask == b.is_mask, a.leaves_when == b.leaves_when, a.width == b.width
        else { return false }
        if one.map == other.map, a.keys != DWM_NONE, a.keys == b.keys { return true }
        guard a.identity != DWM_NONE, b.identity != DWM_NONE else { return false }
        return [.same, .member, .type].contains(
            comparison.compare(a.identity, in: one.map, with: b.identity, in: other.map))
    }
}
