import ProcessModel
import SignalMap
import SignalMapABI

/// Who in the maps could end a wait: the places that signal its object, and those that write what its loop looks at.
struct Releasers {
    /// A place that may end the wait, and how sure it is that this is the object.
    struct Signal {
        var site: SignalMapSet.Site
        var answer: IdentityComparison.Answer
        /// It means what its function is handed: the calls that hand over what is not known. Nil of other sites.
        var entries: [OpenEntries.Call]?

        /// Code comes to it with an object that may be this one.
        func isReached(by code: LiveCode) -> Bool {
            entries.map { code.reaches(site, by: $0) } ?? code.reaches(site)
        }
    }

    /// A place that writes a cell that the loop looks at.
    struct Write: Hashable {
        var map: Int
        /// Among the map's stores.
        var store: Int
        /// The cell is known to be the one; else only that nothing rules it out.
        var isKnown: Bool
        /// It may happen at any time once its call was made, by whoever.
        var isLater = false
    }

    /// The surest first.
    private(set) var signals: [Signal] = []
    /// By region of a timed wait.
    private(set) var writes: [[Write]] = []

    init(
        _ wait: MappedWait, _ set: SignalMapSet, _ comparison: IdentityComparison, _ all: [SignalMapSet.Site],
        _ entries: OpenEntries
    ) {
        let own = wait.sites.map { ($0.map, set.record($0)) }
        var known: [Subject: IdentityComparison.Answer] = [:]
        for site in all {
            let record = set.record(site)
            guard own.contains(where: { Self.mayBeOne($0.1.object, record.object) }) else { continue }
            let subject = Subject(map: site.map, identity: record.identity)
            var answer =
                known[subject]
                ?? own.map { comparison.compare($0.1.identity, in: $0.0, with: record.identity, in: site.map) }.min()
                ?? .possible
            known[subject] = answer
            // Whoever is handed the object need not signal it.
            if set.isHandedOn(site) { answer = max(answer, .possible) }
            if answer != .no { signals.append(Signal(site: site, answer: answer, entries: entries[site])) }
        }
        signals.sort { ($0.answer, $0.site) < ($1.answer, $1.site) }
        if wait.isTimed { writes = wait.regions.map { Self.writes($0, set, comparison) } }
    }

    private struct Subject: Hashable {
        var map: Int
        var identity: UInt32
    }

    /// Signals of one kind end waits of that kind; what the kernel or a word of memory is behind may be any.
    private static func mayBeOne(_ wait: UInt8, _ signal: UInt8) -> Bool {
        if wait == signal { return true }
        guard let wait = Primitive.Kind(rawValue: wait), let signal = Primitive.Kind(rawValue: signal) else {
            return true
        }
        let words: Set<Primitive.Kind> = [.futex, .atomicWord, .parkingLot]
        return words.contains(wait) && words.contains(signal)
    }

    // MARK: Predicates

    private static func writes(
        _ region: MappedWait.Region, _ set: SignalMapSet, _ comparison: IdentityComparison
    ) -> [Write] {
        var writes: [Write] = []
        if region.predicates.isEmpty { return [] }
        let isKept = isKept(region, set, comparison)
        for (place, map) in set.maps.enumerated() {
            for index in map.stores.indices {
                let store = map.stores[index]
                let kind = dwm_place(rawValue: UInt32(store.place))
                if kind == DWM_KEEPS || kind == DWM_KEEPS_POINTER { continue }
                // What a function does that one of the maps knows is told there.
                if store.handed_to != DWM_NONE, set.definition(symbol: store.handed_to, in: place) != nil { continue }
                if kind == DWM_KEPT_BYTES || kind == DWM_KEPT || kind == DWM_KEPT_LATER {
                    if isKept {
                        writes.append(
                            Write(map: place, store: index, isKnown: false, isLater: kind == DWM_KEPT_LATER))
                    }
                    continue
                }
                var isKnown: Bool?
                for (predicateMap, predicate) in region.predicates {
                    guard mayLeave(predicate, store),
                        let same = isSame(predicate, predicateMap, store, place, set, comparison)
                    else { continue }
                    isKnown = (isKnown ?? false) || same
                }
                if let isKnown { writes.append(Write(map: place, store: index, isKnown: isKnown)) }
            }
        }
        return writes
    }

    /// Whether one of the cells that a loop looks at has its address in memory, by which others may come to it.
    private static func isKept(
        _ region: MappedWait.Region, _ set: SignalMapSet, _ comparison: IdentityComparison
    ) -> Bool {
        set.maps.enumerated().contains { place, map in
            map.stores.contains { store in
                let kind = dwm_place(rawValue: UInt32(store.place))
                guard kind == DWM_KEEPS || kind == DWM_KEEPS_POINTER else { return false }
                return region.predicates.contains { other, predicate in
                    isSame(predicate, other, store, place, set, comparison) != nil
                }
            }
        }
    }

    /// Nil: another cell.
    private static func isSame(
        _ predicate: dwm_predicate, _ map: Int, _ store: dwm_store, _ other: Int, _ set: SignalMapSet,
        _ comparison: IdentityComparison
    ) -> Bool? {
        // A place that is not known may be any.
        if store.place == UInt8(truncatingIfNeeded: DWM_ANY_PLACE.rawValue) { return false }
        if predicate.keys != DWM_NONE, store.keys != DWM_NONE {
            // Binaries agree on members by the names and the offset.
            let (a, b) = (set.maps[map], set.maps[other])
            let names = Set(a.keys(ofSet: predicate.keys).compactMap { a.member($0).map { Self.name($0, a) } })
            let isOne = b.keys(ofSet: store.keys).contains {
                b.member($0).map { names.contains(Self.name($0, b)) } == true
            }
            return isOne ? true : nil
        }
        guard predicate.identity != DWM_NONE, store.identity != DWM_NONE else { return false }
        switch comparison.compare(predicate.identity, in: map, with: store.identity, in: other) {
        case .same, .member, .type: return true
        case .possible: return false
        case .no: return nil
        }
    }

    private struct Name: Hashable {
        var structure: String?
        var name: String?
        var offset: UInt64
    }

    private static func name(_ member: dwm_member, _ map: SignalMapFile) -> Name {
        Name(structure: map.string(member.structure), name: map.string(member.name), offset: member.offset)
    }

    /// Whether the loop may be left when the cell holds what the store puts there.
    private static func mayLeave(_ predicate: dwm_predicate, _ store: dwm_store) -> Bool {
        guard predicate.has_constant != 0, store.has_constant != 0 else { return true }
        if store.width > predicate.width, predicate.is_mask != 0, store.how > 2 {
            // A part of what is written is tested; which one is not known.
            let part = UInt64(bitPattern: predicate.constant) & (UInt64.max >> UInt64(64 - min(predicate.width, 8) * 8))
            return (0...(store.width - predicate.width)).contains { bytes in
                part << UInt64(bytes * 8) & UInt64(bitPattern: store.constant) != 0
            }
        }
        guard store.width == predicate.width else { return true }
        let shift = Int64(64 - min(Int(predicate.width), 8) * 8)
        let (wanted, written) = (predicate.constant << shift, store.constant << shift)
        // The condition codes of the machine: 4 is equal, 5 is not equal.
        guard predicate.condition == 4 || predicate.condition == 5 else { return true }
        let leavesWhenEqual = (predicate.condition == 4) == (predicate.leaves_when != 0)
        if predicate.is_mask != 0 {
            // It is tested whether any of the bits is 1; the flag is "equal" when none is.
            switch store.how {
            case 0: return (wanted & written == 0) == leavesWhenEqual
            case 3: return wanted & written != 0 && !leavesWhenEqual
            case 4: return wanted & written != 0 && leavesWhenEqual
            default: return true
            }
        }
        return store.how == 0 ? (wanted == written) == leavesWhenEqual : true
    }
}
