import SignalMap
import SignalMapABI

/// By which calls code comes to a signal that hangs on what its function is handed, other than by those that stand for it
/// with the object that they hand over.
struct OpenEntries {
    struct Call: Hashable {
        var map: Int
        var call: UInt32
    }

    private var calls: [SignalMapSet.Site: [Call]] = [:]

    /// `sites` that hang on parameters.
    init(_ sites: [SignalMapSet.Site], _ set: SignalMapSet) {
        let parametric = sites.filter { set.record($0).flags & UInt16(DWM_PARAMETRIC.rawValue) != 0 }
        var wanted: [SignalMapSet.Function: [SignalMapSet.Site]] = [:]
        for site in parametric {
            calls[site] = []
            if let function = set.function(of: site) { wanted[function, default: []].append(site) }
        }
        if wanted.isEmpty { return }
        for (place, map) in set.maps.enumerated() {
            var lifted: [UInt32: Set<UInt32>] = [:]
            for operation in map.operations where operation.call != operation.origin {
                lifted[operation.call, default: []].insert(operation.origin)
            }
            var found: [UInt32: [SignalMapSet.Site]] = [:]
            for index in map.calls.indices {
                let call = UInt32(index)
                for site in Self.targets(map.calls[index], place, set, wanted, &found) {
                    let isCovered = site.map == place && lifted[call]?.contains(set.record(site).origin) == true
                    if !isCovered { calls[site]?.append(Call(map: place, call: call)) }
                }
            }
        }
    }

    /// The wanted sites in functions that a call may enter. `found` keeps what lists of targets hold.
    private static func targets(
        _ call: dwm_call, _ place: Int, _ set: SignalMapSet, _ wanted: [SignalMapSet.Function: [SignalMapSet.Site]],
        _ found: inout [UInt32: [SignalMapSet.Site]]
    ) -> [SignalMapSet.Site] {
        let map = set.maps[place]
        switch dwm_call_kind(rawValue: UInt32(call.kind)) {
        case DWM_CALL_FUNCTION: return wanted[SignalMapSet.Function(map: place, index: call.target)] ?? []
        case DWM_CALL_SYMBOL: return set.function(symbol: call.target, in: place).flatMap { wanted[$0] } ?? []
        case DWM_CALL_TARGETS:
            guard let list = map.targetSet(call.target)?.list else { return [] }
            if let known = found[list] { return known }
            let sites = map.targets(ofList: list).flatMap { target in
                set.function(target: target, in: place).flatMap { wanted[$0] } ?? []
            }
            found[list] = sites
            return sites
        default: return []
        }
    }

    /// Nil for a site that says itself which object it means.
    subscript(site: SignalMapSet.Site) -> [Call]? { calls[site] }
}
