import ProcessModel
import Testing

@testable import DebugInfo

/// The newer stack bytes that a child reads in front of its own, older ones.
@Suite struct IsolatedMemoryTests {
    /// 64 bytes of 1 at 0x1000.
    final class Ones: MemorySource {
        func read(_ address: Address, into buffer: UnsafeMutableRawBufferPointer) -> Int {
            let offset = address.rawValue &- 0x1000
            guard offset < 64 else { return 0 }
            let count = min(buffer.count, 64 - Int(offset))
            for index in 0..<count { buffer[index] = 1 }
            return count
        }
    }

    func bytes(_ overlay: Range<UInt64>, _ address: UInt64, _ count: Int) -> [UInt8] {
        let memory = OverlaidMemory(Ones())
        memory.lay(overlay.map { _ in 2 }, at: Address(overlay.lowerBound))
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = memory.read(Address(address), into: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    @Test func laysTheOverlayOverTheRest() {
        #expect(bytes(0x1008..<0x100c, 0x1006, 8) == [1, 1, 2, 2, 2, 2, 1, 1])
        #expect(bytes(0x1000..<0x1040, 0x1008, 4) == [2, 2, 2, 2])
        #expect(bytes(0x1000..<0x1004, 0x1002, 4) == [2, 2, 1, 1])
        #expect(bytes(0x1020..<0x1024, 0x1000, 4) == [1, 1, 1, 1])
    }

    @Test func theOverlayMayLieWhereThereIsNothingElse() {
        #expect(bytes(0x103c..<0x1048, 0x103a, 12) == [1, 1] + Array(repeating: 2, count: 10))
        #expect(bytes(0x2000..<0x2008, 0x2004, 16) == [2, 2, 2, 2])
        #expect(bytes(0x2000..<0x2008, 0x1ffe, 16).isEmpty, "what lies before it is not there")
    }

    @Test func withoutAnOverlayAndAtTheEndsOfTheAddressSpace() {
        #expect(bytes(0x1000..<0x1000, 0x1000, 4) == [1, 1, 1, 1])
        #expect(bytes(UInt64.max - 8..<UInt64.max, .max - 4, 16) == [2, 2, 2, 2])
        #expect(bytes(0..<8, .max, 16).isEmpty)
    }
}
