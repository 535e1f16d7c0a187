import Foundation
import ProcessModel
import TestSupport
import Testing

@testable import LinuxProcess

/// Cores that were cut short or damaged: a result or a clear error, in bounded time and memory.
@Suite(.serialized) struct CoreDamageTests {
    /// Reads what an analysis reads: each stack, and the bytes at each pc.
    @discardableResult
    static func analyze(_ bytes: [UInt8]) throws(LinuxProcessError) -> ProcessImage {
        let image = try CoreFile(bytes: bytes).image()
        for thread in image.threads {
            let registers = thread.thread.registers
            if let pointer = registers.stackPointer {
                var place = pointer
                for _ in 0..<4096 {
                    guard let stretch = image.memory.residentBytes(around: place), !stretch.bytes.isEmpty else { break }
                    place = stretch.start + UInt64(stretch.bytes.count)
                }
                _ = image.memory.bytes(pointer, count: 1 << 16)
            }
            if let pc = registers.programCounter { _ = image.memory.bytes(pc, count: 16) }
        }
        return image
    }

    /// Resident memory of this process, bytes.
    static func residentBytes() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        return try #require(Int(text.split(separator: " ")[1])) * 4096
    }

    @Test func cutAtManyPlaces() throws {
        let path = try CoreSamples.kernel.get().path
        let whole = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        let full = try Self.analyze(whole)
        #expect(full.gaps.filter { $0.operation == "read the whole core" } == [])
        var sizes = Array(stride(from: 0, to: 4096, by: 61))
        sizes += Array(stride(from: 4096, to: whole.count, by: 4096 * 9 + 13))
        var lastThreads = 0
        for size in sizes {
            do throws(LinuxProcessError) {
                let image = try Self.analyze(Array(whole[..<size]))
                let gap = image.gaps.first { $0.operation == "read the whole core" }
                #expect(gap?.reason.contains("\(size) of \(whole.count) bytes") == true || size < 64 << 10, "\(size)")
                #expect(!image.gaps.isEmpty, "\(size)")
                // What is there grows with the size, and is as in the whole core.
                #expect(image.threads.count >= lastThreads)
                lastThreads = image.threads.count
                #expect(
                    image.threads.map(\.thread.registers) == full.threads.prefix(lastThreads).map(\.thread.registers))
                for thread in image.threads where thread.stackEnd == nil {
                    #expect(image.gaps.contains { $0.subject == .thread(thread.thread.id) })
                }
            } catch {
                #expect(size < 16384, "\(size): \(error)")
                #expect(error.help != nil || error.description.contains("bytes"))
            }
        }
        #expect(lastThreads == 9)
    }

    /// gcore writes the notes behind the memory: cut, it has no threads and says so.
    @Test func cutGcore() throws {
        let path = try CoreSamples.gcore.get().path
        let whole = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        let image = try Self.analyze(Array(whole[..<(whole.count / 2)]))
        #expect(image.threads.isEmpty)
        #expect(image.gaps.contains { $0.operation == "find the threads" })
        #expect(image.gaps.contains { $0.operation == "read all notes" && $0.reason.hasPrefix("0 of ") })
    }

    @Test func twoHundredDamagedCores() throws {
        let samples = [try CoreSamples.kernel.get(), try CoreSamples.gcore.get()]
        let wholes = try samples.map { Array(try Data(contentsOf: URL(fileURLWithPath: $0.path))) }
        var random = SplitMix(seed: 20)
        var results = 0
        var longest = Duration.zero
        for index in 0..<200 {
            var bytes = wholes[index % 2]
            random.damage(&bytes)
            let clock = ContinuousClock()
            let time = clock.measure {
                do throws(LinuxProcessError) {
                    try Self.analyze(bytes)
                    results += 1
                } catch {
                    #expect(!error.description.isEmpty)
                }
            }
            longest = max(longest, time)
        }
        // Most damage leaves something to read; and nothing takes long, even on a busy machine.
        #expect(results > 100)
        #expect(longest < .seconds(20))
        #expect(try Self.residentBytes() < 1 << 30)
    }
}

extension SplitMix {
    /// Flips, overwrites, zeroes and cuts, mostly in the headers and notes, where it matters.
    mutating func damage(_ bytes: inout [UInt8]) {
        for _ in 0..<Int.random(in: 1...24, using: &self) {
            guard bytes.count > 64 else { return }
            let limit = Bool.random(using: &self) ? min(bytes.count, 16384) : bytes.count
            let place = Int.random(in: 0..<limit, using: &self)
            switch Int.random(in: 0..<10, using: &self) {
            case 0: bytes.removeLast(bytes.count - max(place, 64))
            case 1, 2:
                for index in place..<min(place + Int.random(in: 1...512, using: &self), bytes.count) {
                    bytes[index] = 0
                }
            case 3, 4:
                let values: [UInt8] = [0xff, 0x7f, 0x80]
                let value = values.randomElement(using: &self) ?? 0xff
                for index in place..<min(place + 8, bytes.count) { bytes[index] = value }
            default: bytes[place] = UInt8.random(in: 0...255, using: &self)
            }
        }
    }
}
