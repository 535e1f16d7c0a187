import SignalMapABI

/// Which variants the calls of some code lead to. Asked for by calls that rise.
struct VariantCalls {
    private let own: UnsafeBufferPointer<dwm_variant_call>
    private let map: SignalMapFile

    init(_ ahead: CodeAhead, _ map: SignalMapFile) {
        own = ahead.variant.map { map.calls(ofVariant: $0) } ?? UnsafeBufferPointer(start: nil, count: 0)
        self.map = map
    }

    /// By what a variant's own constants say, else by what the call passes whoever makes it; nil: all of the callee.
    func variant(ofCall call: UInt32) -> UInt32? {
        // A call that is not made lies not ahead.
        if let mine = own.first(with: call, by: \.call)?.variant, mine != DWM_NONE { return mine }
        return map.variant(ofCall: call)
    }
}
