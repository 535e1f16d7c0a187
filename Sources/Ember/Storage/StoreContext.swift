import Synchronization

/// What the parts of one store share.
final class StoreContext: @unchecked Sendable {
    let folder: StoreFolder
    let options: StoreOptions
    let state = StoreState()
    /// Bytes of keys and values in memory, of all leaves.
    let bytesInMemory = Atomic<Int>(0)
    let evictor = Evictor()
    private let tick = Atomic<UInt64>(0)

    init(folder: StoreFolder, options: StoreOptions) {
        self.folder = folder
        self.options = options
    }

    /// Later than any before it.
    func nextTick() -> UInt64 { tick.wrappingAdd(1, ordering: .relaxed).newValue }

    func count(_ bytes: Int) { bytesInMemory.wrappingAdd(bytes, ordering: .relaxed) }
}
