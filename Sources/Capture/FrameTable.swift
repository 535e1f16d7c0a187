import ProcessModel
import Unwinding

/// Keeps each distinct frame and each distinct stack once, while threads are added.
struct FrameTable {
    /// What makes two walked frames the same: all but where on the stack they lie.
    private struct Key: Hashable {
        var pc: Address
        var trust: Trust
        var isReturnAddress: Bool
        var isSignalFrame: Bool
    }

    private var frameIndexes: [Key: Int] = [:]
    /// The stacks of each hash: which frames they have is compared frame by frame.
    private var stackIndexes: [Int: [Int]] = [:]
    private(set) var frames: [Frame] = []
    private(set) var stacks: [Stack] = []

    /// The index of the stack with these frames and this end, added when it is new.
    mutating func add(_ walked: UnsafeBufferPointer<WalkedFrame>, end: StackEnd) -> Int {
        // Most threads have the stack of another one: no frame of it is looked up then.
        var hasher = Hasher()
        for frame in walked { hasher.combine(frame.pc.rawValue) }
        let hash = hasher.finalize()
        if let known = stackIndexes[hash]?.first(where: { isSame(stacks[$0], walked, end) }) { return known }
        var indexes: [Int] = []
        indexes.reserveCapacity(walked.count)
        for frame in walked { indexes.append(index(of: frame)) }
        stackIndexes[hash, default: []].append(stacks.count)
        stacks.append(Stack(frames: indexes, end: end))
        return stacks.count - 1
    }

    private func isSame(_ stack: Stack, _ walked: UnsafeBufferPointer<WalkedFrame>, _ end: StackEnd) -> Bool {
        guard stack.frames.count == walked.count, stack.end == end else { return false }
        for (index, frame) in zip(stack.frames, walked) {
            guard frames[index].pc == frame.pc, frames[index].trust == frame.trust,
                frames[index].isReturnAddress == frame.isReturnAddress,
                frames[index].isSignalFrame == frame.isSignalFrame
            else { return false }
        }
        return true
    }

    private mutating func index(of frame: WalkedFrame) -> Int {
        let key = Key(
            pc: frame.pc, trust: frame.trust, isReturnAddress: frame.isReturnAddress,
            isSignalFrame: frame.isSignalFrame)
        if let index = frameIndexes[key] { return index }
        frameIndexes[key] = frames.count
        frames.append(
            Frame(
                pc: frame.pc, isReturnAddress: frame.isReturnAddress, trust: frame.trust,
                isSignalFrame: frame.isSignalFrame))
        return frames.count - 1
    }

    /// The addresses to symbolize, one a frame, in the order of `frames`.
    var lookups: [Address] { frames.map { $0.lookupAddress ?? Address(0) } }

    /// Fills in what the addresses of `lookups` turned out to be.
    mutating func name(_ records: [SymbolRecord]) {
        for (index, record) in zip(frames.indices, records) {
            frames[index].module = record.module
            frames[index].symbolOffset = record.symbolOffset
            frames[index].source = record.source
        }
    }

    /// Drops stacks and frames that no thread has any more: a thread that was walked twice leaves its first stack.
    /// Returns the new index of each stack in `used`, by the old one.
    mutating func keepOnly(stacks used: Set<Int>) -> [Int: Int] {
        guard used.count < stacks.count else { return Dictionary(uniqueKeysWithValues: used.map { ($0, $0) }) }
        var newFrame: [Int: Int] = [:]
        var keptFrames: [Frame] = []
        var keptStacks: [Stack] = []
        var newStack: [Int: Int] = [:]
        for old in used.sorted() where stacks.indices.contains(old) {
            let frames = stacks[old].frames.map { frame in
                if let index = newFrame[frame] { return index }
                newFrame[frame] = keptFrames.count
                keptFrames.append(self.frames[frame])
                return keptFrames.count - 1
            }
            newStack[old] = keptStacks.count
            keptStacks.append(Stack(frames: frames, end: stacks[old].end))
        }
        frames = keptFrames
        stacks = keptStacks
        frameIndexes = [:]
        stackIndexes = [:]
        return newStack
    }
}
