import Glibc
import ProcessModel
import Testing

@testable import LinuxProcess

@Suite struct CapturedMemoryTests {
    /// Behind the copies: this process, whose low addresses are not mapped.
    private func memory() throws -> CapturedMemory {
        try CapturedMemory(live: LiveMemory(process: ProcessID(getpid())), capacity: 4 << 20)
    }

    /// Bytes with runs of zeros of all lengths, some of them not multiples of 8.
    private func pattern(_ count: Int, seed: UInt64) -> [UInt8] {
        var state = seed | 1
        func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        var bytes: [UInt8] = []
        while bytes.count < count {
            let zeros = next().isMultiple(of: 2)
            let length = Int(next() % (zeros ? 600 : 90))
            for _ in 0..<length { bytes.append(zeros ? 0 : UInt8(truncatingIfNeeded: next())) }
        }
        return Array(bytes.prefix(count))
    }

    private func append(_ bytes: [UInt8], at start: UInt64, owner: ThreadID?, to memory: CapturedMemory) {
        #expect(bytes.withUnsafeBytes { memory.append($0, at: Address(start), owner: owner) })
    }

    /// Every byte by `read` in pieces of many sizes and by `residentBytes` is the one of `expected`.
    private func check(_ memory: CapturedMemory, at start: UInt64, _ expected: [UInt8]) {
        #expect(memory.isCaptured(Address(start), count: expected.count))
        #expect(memory.bytes(Address(start), count: expected.count) == expected)
        var offset = 0
        for step in 0... {
            let count = min(1 + step * 13 % 257, expected.count - offset)
            if count <= 0 { break }
            #expect(
                memory.bytes(Address(start + UInt64(offset)), count: count)
                    == Array(expected[offset..<(offset + count)]))
            offset += count
        }
        for offset in stride(from: 0, to: expected.count, by: 7) {
            let address = Address(start + UInt64(offset))
            guard let resident = memory.residentBytes(around: address),
                let byte = resident.load(address, as: UInt8.self)
            else {
                Issue.record("no resident byte at \(offset)")
                return
            }
            #expect(byte == expected[offset], "offset \(offset)")
            // Nothing in the stretch is of another chunk.
            let low = max(resident.start.rawValue, start)
            let high = min(resident.start.rawValue + UInt64(resident.bytes.count), start + UInt64(expected.count))
            for position in [low, high - 1] {
                let value = resident.load(Address(position), as: UInt8.self)
                #expect(value == expected[Int(position - start)], "offset \(offset) at \(position - start)")
            }
        }
    }

    @Test(arguments: [1, 7, 8, 127, 128, 129, 4096, 70_001])
    func whatWasCopiedIsRead(_ count: Int) throws {
        let memory = try memory()
        let bytes = pattern(count, seed: UInt64(count))
        append(bytes, at: 0x1000, owner: ThreadID(1), to: memory)
        memory.seal()
        check(memory, at: 0x1000, bytes)
        #expect(!memory.isCaptured(Address(0xfff), count: 2))
        #expect(!memory.isCaptured(Address(0x1000), count: count + 1))
        #expect(memory.bytes(Address(0x1000), count: count + 1) == nil)
    }

    @Test func zerosTakeNoRoom() throws {
        let memory = try memory()
        let bytes = [UInt8](repeating: 0, count: 3 << 20)
        append(bytes, at: 0x10_0000, owner: nil, to: memory)
        memory.seal()
        #expect(memory.storedBytes == 0)
        #expect(memory.load(Address(0x10_0000 + 2 << 20), as: UInt64.self) == 0)
        let address = Address(0x10_0000 + 1_234_567)
        let resident = try #require(memory.residentBytes(around: address))
        #expect(resident.load(address, as: UInt64.self) == 0)
    }

    @Test func aStackNearerToItsPointerWins() throws {
        let memory = try memory()
        let outer = pattern(8192, seed: 1)
        let inner = pattern(1024, seed: 2)
        append(outer, at: 0x1000, owner: ThreadID(1), to: memory)
        append(inner, at: 0x1800, owner: ThreadID(2), to: memory)
        memory.seal()
        let expected = Array(outer[..<0x800]) + inner + Array(outer[0xc00...])
        check(memory, at: 0x1000, expected)
    }

    @Test func laterCopiesWinAndForgottenOnesAreGone() throws {
        let memory = try memory()
        let first = pattern(512, seed: 3)
        let second = pattern(512, seed: 4)
        append(first, at: 0x1000, owner: ThreadID(1), to: memory)
        append(second, at: 0x1000, owner: ThreadID(2), to: memory)
        append(second, at: 0x8000, owner: ThreadID(1), to: memory)
        memory.seal()
        check(memory, at: 0x1000, second)
        memory.forget([ThreadID(1)])
        memory.seal()
        check(memory, at: 0x1000, second)
        #expect(!memory.isCaptured(Address(0x8000), count: 1))
        memory.forget([ThreadID(2)])
        memory.seal()
        #expect(memory.residentBytes(around: Address(0x1000)) == nil)
    }

    @Test func behindTheCopiesIsTheProcess() throws {
        let memory = try memory()
        let bytes = pattern(64, seed: 5)
        bytes.withUnsafeBytes { live in
            let address = Address(UInt64(UInt(bitPattern: live.baseAddress)))
            #expect(memory.bytes(address, count: 64) == bytes)
            #expect(!memory.isCaptured(address, count: 1))
            // A copy in the middle hides what is there now.
            let middle = (address.rawValue + 23) & ~7
            append([1, 2, 3, 4, 5, 6, 7, 8], at: middle, owner: nil, to: memory)
            memory.seal()
            var expected = bytes
            let offset = Int(middle - address.rawValue)
            expected.replaceSubrange(offset..<(offset + 8), with: [1, 2, 3, 4, 5, 6, 7, 8])
            #expect(memory.bytes(address, count: 64) == expected)
        }
        #expect(memory.bytes(Address(8), count: 1) == nil)
        #expect(memory.bytes(Address(.max - 3), count: 8) == nil)
    }

    @Test func manyOverlapsAgainstAPlainModel() throws {
        let memory = try memory()
        var model = [UInt8?](repeating: nil, count: 4096)
        var chunks: [(start: Int, bytes: [UInt8])] = []
        for turn in 0..<60 {
            let bytes = pattern(8 + turn * 37 % 600, seed: UInt64(turn + 100))
            let start = (turn * 811 % 3400) & ~7
            chunks.append((start, bytes))
            append(bytes, at: 0x1_0000 + UInt64(start), owner: ThreadID(Int32(turn)), to: memory)
        }
        // By start, later ones of the same start over earlier ones: a nearer start covers a farther one.
        for chunk in chunks.enumerated().sorted(by: { ($0.element.start, $0.offset) < ($1.element.start, $1.offset) }) {
            for (offset, byte) in chunk.element.bytes.enumerated() { model[chunk.element.start + offset] = byte }
        }
        memory.seal()
        var position = 0
        while position < model.count {
            guard model[position] != nil else {
                #expect(!memory.isCaptured(Address(0x1_0000 + UInt64(position)), count: 1))
                position += 1
                continue
            }
            let end = model[position...].firstIndex { $0 == nil } ?? model.count
            check(memory, at: 0x1_0000 + UInt64(position), model[position..<end].compactMap { $0 })
            position = end
        }
    }
}
