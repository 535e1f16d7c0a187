import ProcessModel

/// The formal parameters of a function, physical or inlined, at one address.
struct Parameters {
    let unit: DwarfUnit
    /// The entry of the physical function, whose frame base the locations count from.
    let function: Int

    func list(of entry: Int, at address: UInt64) -> [Parameter] { [] }
}
