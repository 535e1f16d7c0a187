import Testing

@testable import Ember

@Suite struct BlockMapTests {
    private static func block(_ offset: UInt64, _ length: UInt32) -> BlockAddress {
        BlockAddress(offset: offset, length: length, checksum: 0, limit: .max)
    }

    /// Held against a list of which unit is whose.
    @Test(arguments: 0..<5) func noPlaceIsGivenTwice(seed: Int) {
        var random = SeededRandom(seed)
        var map = BlockMap()
        var blocks: [(offset: UInt64, length: UInt32, users: Int)] = []
        for _ in 0..<1000 {
            let index = blocks.indices.randomElement(using: &random)
            switch (Int.random(in: 0..<10, using: &random), index) {
            case (0..<5, _):
                let length = UInt32.random(in: 1...3000, using: &random)
                let offset = map.allocate(length)
                let end = offset + UInt64(length)
                #expect(offset.isMultiple(of: 512) && end <= map.end)
                #expect(!blocks.contains { $0.offset < end && offset < $0.offset + UInt64($0.length) })
                blocks.append((offset, length, 1))
            case (5, let index?):
                map.retain(blocks[index].offset)
                blocks[index].users += 1
            case (_, let index?):
                map.release(blocks[index].offset)
                blocks[index].users -= 1
                if blocks[index].users == 0 { blocks.remove(at: index) }
            default: break
            }
            #expect(map.bytesInUse == blocks.reduce(0) { $0 + (UInt64($1.length) + 511) / 512 * 512 })
        }
        for block in blocks { for _ in 0..<block.users { map.release(block.offset) } }
        #expect(map.isEmpty && map.end == 0)
    }

    @Test func blocksThatCannotBeAreRefused() {
        #expect(BlockMap([Self.block(0, 512), Self.block(512, 1), Self.block(2048, 5000)])?.end == 2048 + 5120)
        #expect(BlockMap([Self.block(0, 513), Self.block(512, 1)]) == nil)
        #expect(BlockMap([Self.block(0, 1), Self.block(0, 1)]) == nil)
        #expect(BlockMap([Self.block(100, 1)]) == nil)
        #expect(BlockMap([Self.block(0, 0)]) == nil)
        #expect(BlockMap([Self.block(.max - 511, 512)]) == nil)
    }

    @Test func placesBetweenAreUsedFirst() {
        var map = BlockMap([Self.block(1024, 512), Self.block(4096, 512)])
        #expect(map?.allocate(1024) == 0)
        #expect(map?.allocate(1024) == 1536)
        #expect(map?.allocate(2000) == 4608)
        #expect(map?.allocate(512) == 2560)
    }
}
