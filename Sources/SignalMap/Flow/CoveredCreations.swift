import SignalMapABI

/// Which calls of a wrapper around a thread's creation say themselves what the thread runs.
///
/// A function that hands its own parameter to pthread_create(3) may start whatever any caller passes. Where the caller's
/// map has the creation at the call, that says what this caller passes, and entering the function by it adds nothing.
struct CoveredCreations {
    /// By map and call, the calls of primitives that are told there.
    private var covered: [[UInt32: Set<UInt32>]]
    /// By map and function, the primitives' calls that hang on its parameters.
    private var wrappers: [[UInt32: Set<UInt32>]]

    init(_ maps: [SignalMapFile]) {
        covered = maps.map { _ in [:] }
        wrappers = maps.map { _ in [:] }
        for (place, map) in maps.enumerated() {
            for operation in map.operations
            where operation.action == UInt8(truncatingIfNeeded: DWM_CREATE.rawValue) {
                if operation.call != operation.origin {
                    covered[place][operation.call, default: []].insert(operation.origin)
                }
                guard Self.hangsOnParameters(operation), let call = map.call(operation.call),
                    let function = map.function(holding: call.address)
                else { continue }
                wrappers[place][function, default: []].insert(operation.origin)
            }
        }
    }

    static func hangsOnParameters(_ operation: dwm_operation) -> Bool {
        operation.flags & UInt16(DWM_PARAMETRIC.rawValue) != 0
    }

    func isWrapper(_ function: SignalMapSet.Function) -> Bool { wrappers[function.map][function.index] != nil }

    /// Whether entering a function by this call of a map says all that it starts.
    func covers(_ call: UInt32, of map: Int, entering function: SignalMapSet.Function) -> Bool {
        guard map == function.map, let wanted = wrappers[map][function.index] else { return false }
        return covered[map][call].map(wanted.isSubset) ?? false
    }
}
