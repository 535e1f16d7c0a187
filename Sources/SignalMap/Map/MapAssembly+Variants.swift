import SignalMapABI

// What functions do when some of their arguments are constants.
extension MapAssembly {
    /// Adds the variants, and the calls that lead to them. Calls must have been added before.
    mutating func add(_ variants: FunctionVariants) {
        func records(_ calls: [FunctionVariants.Call]) -> [dwm_variant_call] {
            calls.map { call in
                let variant: UInt32
                switch call.callee {
                case .none: variant = DWM_NONE
                case .variant(let place): variant = UInt32(place)
                }
                return dwm_variant_call(call: firstRecord[call.call], variant: variant)
            }
        }
        for variant in variants.variants {
            let first = firstBlock[variant.function]
            builder.variant(
                of: UInt32(variant.function), cuts: variant.cutBlocks.map { first + UInt32($0) },
                calls: records(variant.calls))
        }
        builder.constantCalls = records(variants.calls)
    }
}
