import ProcessModel
import SignalMap
import SignalMapABI

/// A thread's wait as the maps know it: which object by its identity, and what the loop around it does.
struct MappedWait {
    enum Loop {
        /// It waits once.
        case none
        /// It does nothing but wait, and look whether it has to.
        case pure
        /// It does something else at each turn, and so goes on by itself when its time is up.
        case working
    }

    /// Of the thread in the snapshot.
    var position: Int
    /// One a possible identity of the object. Never empty.
    var sites: [SignalMapSet.Site]
    /// Index into the thread's frames: the function that says which object it is, wrappers of the wait behind.
    var frame: Int
    var isTimed: Bool
    var loop = Loop.none
    /// Code that does nothing but wait and that the thread goes round in, the innermost first.
    var regions: [Region] = []

    /// A loop, or several, that the thread leaves by a few tests only.
    struct Region {
        /// The frame that it stands in.
        var frame: Int
        /// Tests of memory that lead out of it, with the map that they are of.
        var predicates: [(map: Int, record: dwm_predicate)]
        var leavesOnResult: Bool
        var leavesOtherwise: Bool
        var worksAside: Bool

        /// What the wait returns does not end it: some test of memory has to come out otherwise.
        var isLeftByMemoryOnly: Bool { !leavesOnResult && !predicates.isEmpty }
    }

    /// Nil where no map knows the call that the thread waits in.
    init?(_ position: Int, _ wait: Wait, _ stack: MappedStack, _ set: SignalMapSet) {
        guard let first = stack.places.first, first.isReturnAddress else { return nil }
        let origins = Set(first.addresses.compactMap { set.maps[first.map].call(returningTo: $0) })
        guard !origins.isEmpty else { return nil }
        self.position = position
        isTimed = wait.isTimed != false
        sites = []
        frame = first.frame
        let map = set.maps[first.map]
        var looped: [(frame: Int, loop: Int)] = []
        for place in stack.places {
            // Wrappers are followed within one binary.
            guard place.map == first.map, place.isReturnAddress else { break }
            let calls = place.addresses.compactMap { address in map.call(returningTo: address).map { (address, $0) } }
            if calls.isEmpty { break }
            let found = calls.flatMap { address, call in
                map.function(holding: address &- 1).map(map.operations(ofFunction:))?.filter {
                    map.operations[$0].call == call && origins.contains(map.operations[$0].origin)
                        && map.operations[$0].action == UInt8(truncatingIfNeeded: DWM_WAIT.rawValue)
                } ?? []
            }
            if !found.isEmpty {
                sites = found.map { SignalMapSet.Site(map: place.map, operation: $0) }
                frame = place.frame
            }
            looped += calls.flatMap { map.loops(ofCall: $0.1) }.map { (place.frame, $0) }
        }
        if sites.isEmpty {
            // A wrapper that ends in a jump to the next one has no frame.
            sites = map.operations.indices.filter { index in
                let operation = map.operations[index]
                return origins.contains(operation.origin)
                    && operation.action == UInt8(truncatingIfNeeded: DWM_WAIT.rawValue)
                    && map.call(operation.call)?.length == 0
            }.map { SignalMapSet.Site(map: first.map, operation: $0) }
        }
        guard !sites.isEmpty else { return nil }
        for (place, number) in looped {
            let record = map.loops[number]
            if record.kind == UInt8(truncatingIfNeeded: DWM_NO_LOOP.rawValue) { continue }
            guard record.kind == UInt8(truncatingIfNeeded: DWM_PURE_LOOP.rawValue) else {
                // It comes back by this loop as often as its time runs out, and does that work in between.
                regions.removeAll(where: \.leavesOnResult)
                if regions.isEmpty { loop = .working }
                break
            }
            loop = .pure
            regions.append(
                Region(
                    frame: place,
                    predicates: map.predicates(ofLoop: UInt32(number)).map { (first.map, $0) },
                    leavesOnResult: record.leaves_on_result != 0, leavesOtherwise: record.leaves_otherwise != 0,
                    worksAside: record.works_aside != 0))
        }
    }
}
