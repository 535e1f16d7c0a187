/// Which thread stands for which line of a truth.
struct ThreadMatch {
    /// One of the threads that a line declares. The first of a line have to be there.
    struct Slot {
        let declared: TruthThread
        let isMandatory: Bool
    }

    /// The declared line of each thread, in their order; nil for one that no line allows.
    let lines: [TruthThread?]
    /// What has to be there and is not.
    let absent: [TruthThread]

    var isComplete: Bool { absent.isEmpty && lines.allSatisfy { $0 != nil } }

    /// Matches `names` (a thread each) with the lines; `fits` says whether a thread may stand for a line of its name.
    ///
    /// First every mandatory slot takes a thread, then every thread that is left takes a slot. An augmenting path
    /// frees nobody who was matched, so that in the end both are matched as far as can be.
    init(_ names: [String], _ declared: [TruthThread], fits: (_ thread: Int, TruthThread) -> Bool) {
        var slots: [Slot] = []
        for line in declared {
            let possible = min(line.count.upperBound, max(names.count { $0 == line.name }, line.count.lowerBound))
            for index in 0..<possible {
                slots.append(Slot(declared: line, isMandatory: index < line.count.lowerBound))
            }
        }
        let threads = slots.map { slot in
            names.indices.filter { names[$0] == slot.declared.name && fits($0, slot.declared) }
        }
        var places = [[Int]](repeating: [], count: names.count)
        for (slot, possible) in threads.enumerated() { for thread in possible { places[thread].append(slot) } }
        var threadOf = [Int?](repeating: nil, count: slots.count)
        var slotOf = [Int?](repeating: nil, count: names.count)
        for slot in slots.indices where slots[slot].isMandatory {
            var seen: Set<Int> = []
            _ = Self.augment(slot, threads, &threadOf, &slotOf, &seen)
        }
        for thread in names.indices where slotOf[thread] == nil {
            var seen: Set<Int> = []
            _ = Self.augment(thread, places, &slotOf, &threadOf, &seen)
        }
        lines = slotOf.map { $0.map { slots[$0].declared } }
        absent = slots.indices.filter { slots[$0].isMandatory && threadOf[$0] == nil }.map { slots[$0].declared }
    }

    /// Kuhn's algorithm: gives `node` one of its partners, moving others on.
    private static func augment(
        _ node: Int, _ edges: [[Int]], _ own: inout [Int?], _ other: inout [Int?], _ seen: inout Set<Int>
    ) -> Bool {
        for partner in edges[node] where seen.insert(partner).inserted {
            guard let holder = other[partner] else {
                (own[node], other[partner]) = (partner, node)
                return true
            }
            if augment(holder, edges, &own, &other, &seen) {
                (own[node], other[partner]) = (partner, node)
                return true
            }
        }
        return false
    }
}
