/// Finds the split units (.dwo, .dwp) that skeleton units refer to.
final class SplitUnits {
    /// The full unit of a skeleton, nil when `unit` is none or its other part is not found.
    func unit(for skeleton: DwarfUnit) -> DwarfUnit? { nil }
}
