import LinuxProcess
import ProcessModel
import Unwinding

/// Tells whether a thread stands where it stood at another look: a hash of its return addresses.
final class StackFingerprint {
    /// The memory of the look in hand. A walker keeps one source for its life, looks have one each.
    private final class CurrentMemory: MemorySource {
        var source: (any MemorySource)?

        func read(_ address: Address, into buffer: UnsafeMutableRawBufferPointer) -> Int {
            source?.read(address, into: buffer) ?? 0
        }

        func residentBytes(around address: Address) -> ResidentBytes? {
            source?.residentBytes(around: address)
        }
    }

    private let memory = CurrentMemory()
    private let walker: StackWalker

    init(rules: any UnwindRuleSource, mappings: [Mapping], frameLimit: Int) {
        walker = StackWalker(rules: rules, memory: memory, mappings: mappings, frameLimit: frameLimit)
    }

    /// The hash of the frames that can be found without stopping the thread; nil without registers.
    func callAsFunction(_ thread: ThreadImage, _ source: any MemorySource) -> UInt64? {
        guard thread.thread.registers.programCounter != nil else { return nil }
        memory.source = source
        defer { memory.source = nil }
        var hasher = Hasher()
        for frame in walker.walk(thread.thread.registers).frames { hasher.combine(frame.pc) }
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }
}
