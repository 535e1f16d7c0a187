import ProcessModel
import SignalMap

/// Where the binaries lie that a text has addresses of, found by the addresses themselves.
///
/// A return address less the binary's base is behind a call of the function that the text names there. Bases are multiples
/// of a page, so a wrong one explains next to no frame. Where one base explains nearly all frames of a map, the text is of
/// that build and each frame is known to the instruction; where none does, it is of another build, or has no addresses.
struct TextBases {
    /// By map: what is taken off an address of the process; nil where it was not found.
    private(set) var bases: [UInt64?] = []
    /// Frames of functions of a map that the base does not explain, or of which none was found: the text is of another
    /// build. By map.
    private(set) var misfits: [Int] = []

    private static let page: UInt64 = 4096
    /// So many different frames of a map are asked, each of so many calls.
    private static let mostFrames = 256
    private static let mostCalls = 4096
    /// In hundredths: the others may be damaged, or of a function that has the same name elsewhere.
    private static let share = 80

    init(_ snapshot: Snapshot, _ set: SignalMapSet, _ search: SourcePlaceSearch) {
        var frames: [[(pc: UInt64, function: SignalMapSet.Function)]] = set.maps.map { _ in [] }
        var seen: Set<UInt64> = []
        for frame in snapshot.frames where frame.isReturnAddress {
            guard let pc = frame.pc?.rawValue, let name = frame.source.last?.function, seen.insert(pc).inserted else {
                continue
            }
            for function in search.functions(named: name) where frames[function.map].count < Self.mostFrames {
                frames[function.map].append((pc, function))
            }
        }
        for (place, found) in frames.enumerated() {
            let base = Self.base(found, set.maps[place])
            bases.append(base.value)
            misfits.append(Set(found.map(\.pc)).count - base.explained)
        }
    }

    private static func base(
        _ frames: [(pc: UInt64, function: SignalMapSet.Function)], _ map: SignalMapFile
    ) -> (value: UInt64?, explained: Int) {
        var votes: [UInt64: Set<UInt64>] = [:]
        for (pc, function) in frames {
            for call in map.calls(ofFunction: function.index).prefix(mostCalls) {
                let record = map.calls[call]
                let base = pc &- (record.address &+ UInt64(record.length))
                guard record.length > 0, base % page == 0 else { continue }
                votes[base, default: []].insert(pc)
            }
        }
        guard let best = votes.max(by: { ($0.value.count, $1.key) < ($1.value.count, $0.key) }) else { return (nil, 0) }
        let all = Set(frames.map(\.pc)).count
        let isSure = best.value.count * 100 >= all * share && (all == 1 ? votes.count == 1 : best.value.count > 1)
        return isSure ? (best.key, best.value.count) : (nil, 0)
    }

    /// Of each map it is known where it lies.
    var knowsAll: Bool { !bases.isEmpty && bases.allSatisfy { $0 != nil } }

    /// The place of a frame whose address is behind a call in one of the maps.
    func place(of frame: Frame, in set: SignalMapSet) -> (map: Int, address: UInt64)? {
        guard let pc = frame.pc?.rawValue else { return nil }
        for (map, base) in bases.enumerated() {
            guard let base else { continue }
            let address = pc &- base
            if set.maps[map].call(returningTo: address) != nil { return (map, address) }
        }
        return nil
    }
}
