import ProcessModel
import SyncDecode
import Testing

@Suite("What to copy around a wait")
struct SyncWindowTests {
    private func ranges(_ number: Int, _ arguments: [UInt64], _ memory: HandMemory = HandMemory()) -> [Range<UInt64>] {
        SyncWindow.ranges(for: SystemCall(number: number, arguments: arguments), memory: memory)
            .map { $0.start.rawValue..<($0.start.rawValue + UInt64($0.count)) }
    }

    @Test("the surroundings of a futex word, clipped to what can be read")
    func futex() {
        #expect(ranges(202, [0x5000_0100, 0x80, 2, 0]) == [0x5000_00c0..<0x5000_0180])
        // The page before is not mapped.
        let memory = HandMemory()
        memory.put(UInt32(2), at: 0x5000_0010)
        #expect(ranges(202, [0x5000_0010, 0x80, 2, 0], memory) == [0x5000_0000..<0x5000_0090])
        // Nor is the page behind.
        #expect(ranges(202, [0x5000_0ff0, 0x80, 2, 0], memory) == [0x5000_0fb0..<0x5000_1000])
        memory.put(UInt32(2), at: 0x5000_1000)
        #expect(ranges(202, [0x5000_0ff0, 0x80, 2, 0], memory) == [0x5000_0fb0..<0x5000_1070])
    }

    @Test("a join's struct pthread, a timeout, a restarted call")
    func more() {
        #expect(ranges(202, [0x5000_0990, 0x109, 42, 0]) == [0x5000_0950..<0x5000_0a10, 0x5000_0590..<0x5000_0950])
        #expect(ranges(219, [0x5000_0900, 0x189, 0, 0x7000_0000, 0, 0xffff_ffff])[1] == 0x7000_0000..<0x7000_0010)
        #expect(ranges(219, [0x5000_0900, 0x189, 0, 0, 0, 0xffff_ffff]) == [])
    }

    @Test("the queue behind a Dispatch sync wait")
    func dispatch() {
        let memory = HandMemory()
        memory.put(UInt64(0x6000_0000), at: 0x5000_0800 - 40)
        #expect(ranges(202, [0x5000_0800, 0x80, 0xffff_ffff, 0], memory).last == 0x6000_0000..<0x6000_0080)
    }

    @Test("arrays are bounded, whatever their counts say")
    func hostile() {
        for number in [7, 23, 65, 72, 202, 219, 220, 230, 270, 271, 441] {
            for value in [0, 1, 63, UInt64.max, UInt64.max - 4, 1 << 63, 0x7fff_ffff_ffff_fffc] {
                let found = ranges(number, [value, value, value, value, value, value])
                #expect(found.count <= 5)
                #expect(found.allSatisfy { $0.count <= 1024 })
            }
            #expect(ranges(number, []) == [])
        }
        #expect(ranges(7, [0x5000_0000, 1 << 40, 0]) == [0x5000_0000..<0x5000_0400])
    }
}
