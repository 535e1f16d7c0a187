import SignalMapABI
import TestSupport
import Testing

@testable import SignalMap

/// Damaged maps: whatever their bytes, reading them ends, with an error or with what is there.
@Suite struct MapDamageTests {
    /// Asks for everything there is, by every index that some record holds, as queries do.
    static func visit(_ map: SignalMapFile) -> Int {
        var seen = 0
        for index in map.functions.indices.map(UInt32.init) {
            seen += map.name(ofFunction: index)?.utf8.count ?? 0
            for call in map.calls(ofFunction: index) {
                seen += map.targets(ofSet: map.calls[call].target).count
                seen += map.cells(ofSet: map.calls[call].target).count
                seen += map.string(map.calls[call].target)?.utf8.count ?? 0
                seen += map.call(returningTo: map.calls[call].address &+ UInt64(map.calls[call].length)) == nil ? 0 : 1
            }
            for block in map.blocks(ofFunction: index) { seen += map.successors(ofBlock: UInt32(block)).count }
            for operation in map.operations(ofFunction: index) {
                for hop in map.hops(ofIdentity: map.operations[operation].identity) {
                    for key in map.keys(ofSet: hop.keys) { seen += map.member(key) == nil ? 0 : 1 }
                }
            }
            seen += map.stores(ofFunction: index).count
        }
        for part in map.parts { seen += map.function(holding: part.start) == nil ? 0 : 1 }
        for part in map.parts { seen += map.block(holding: part.start &+ 1) == nil ? 0 : 1 }
        for loop in map.loops.indices { seen += map.predicates(ofLoop: UInt32(loop)).count }
        for export in map.exports { seen += map.string(export.name).flatMap(map.export(named:)) == nil ? 0 : 1 }
        for line in map.lines { seen += Int(map.line(at: line.address)?.line ?? 0) }
        return seen
    }

    /// With a checksum that fits, so that the damage is met by what comes behind it.
    private func opened(_ bytes: [UInt8], fixesChecksum: Bool) throws -> SignalMapFile {
        var bytes = bytes
        if fixesChecksum, bytes.count >= MemoryLayout<dwm_header>.size, bytes.count.isMultiple(of: 8) {
            bytes.withUnsafeMutableBytes { buffer in
                var header = buffer.loadUnaligned(as: dwm_header.self)
                header.checksum = SectionDirectory.checksum(UnsafeRawBufferPointer(buffer), header)
                buffer.storeBytes(of: header, as: dwm_header.self)
            }
        }
        return try bytes.withUnsafeBytes { try SignalMapFile(bytes: $0, path: "damaged") }
    }

    @Test func everyFlippedBitIsNoticed() throws {
        let whole = try MapSketch().finished()
        let bytes = withExtendedLifetime(whole) { Array(whole.bytes) }
        #expect(Self.visit(try opened(bytes, fixesChecksum: false)) > 50)
        for place in bytes.indices {
            var damaged = bytes
            damaged[place] ^= 1 << UInt8(place % 8)
            #expect(throws: SignalMapError.self, "byte \(place)") { try opened(damaged, fixesChecksum: false) }
        }
    }

    @Test func everyCutIsNoticed() throws {
        let whole = try MapSketch().finished()
        let bytes = withExtendedLifetime(whole) { Array(whole.bytes) }
        for count in bytes.indices {
            #expect(throws: SignalMapError.self, "\(count) bytes") {
                try opened(Array(bytes[..<count]), fixesChecksum: true)
            }
        }
    }

    @Test func flippedBytesWithAFittingChecksumNeverEndTheProcess() throws {
        let whole = try MapSketch().finished()
        let bytes = withExtendedLifetime(whole) { Array(whole.bytes) }
        var random = SplitMix(seed: 11)
        var read = 0
        for _ in 0..<2_000 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 16..<bytes.count, using: &random)
                damaged[place] = Bool.random(using: &random) ? 0xff : UInt8.random(in: 0...255, using: &random)
            }
            do {
                _ = Self.visit(try opened(damaged, fixesChecksum: true))
                read += 1
            } catch is SignalMapError {}
        }
        #expect(read > 200)
    }

    @Test func stretchesThatOverlapAreRefused() throws {
        var sketch = MapSketch()
        sketch.builder.functions[1].first_call = 4
        let error = #expect(throws: SignalMapError.self) { try sketch.finished() }
        #expect(error?.description.contains("overlap") == true)
    }

    @Test func anotherFileOrVersionIsNamed() throws {
        let text = Array("no map at all".utf8)
        #expect(throws: SignalMapError.notAMap(path: "damaged")) { try opened(text, fixesChecksum: false) }
        let whole = try MapSketch().finished()
        var bytes = withExtendedLifetime(whole) { Array(whole.bytes) }
        bytes[8] = UInt8(DWM_VERSION + 1)
        #expect(throws: SignalMapError.otherVersion(path: "damaged", version: DWM_VERSION + 1)) {
            try opened(bytes, fixesChecksum: true)
        }
    }
}
