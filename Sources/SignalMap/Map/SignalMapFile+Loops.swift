import SignalMapABI

extension SignalMapFile {
    /// The loops around a call that waits, as places among the loops, the innermost first; empty where it does not wait.
    package func loops(ofCall call: UInt32) -> Range<Int> {
        let first = loops.partition { $0.call < call }
        return first..<max(first, loops.partition { $0.call <= call })
    }
}
