import Foundation
import SignalMapABI
import TestSupport
import Testing

@testable import SignalMap

@Suite struct MapFileTests {
    @Test func whatWasPutInComesOut() throws {
        let map = try MapSketch().finished()
        #expect(map.binaryPath == "/lib/libqueue.so")
        #expect(map.buildID?.description == "0123456789abcdef")
        #expect(map.header.instructions == 40)
        #expect(map.functions.count == 3)
        #expect(map.name(ofFunction: MapSketch.push) == "push")
        #expect(map.functions(named: "main") == [MapSketch.main])
        #expect(map.functions(named: "mai") == [])
        #expect(map.export(named: "main") == MapSketch.main)
        #expect(map.export(named: "push") == MapSketch.push)
        #expect(map.export(named: "worker") == nil)
        #expect(map.function(holding: 0x106f) == MapSketch.push)
        #expect(map.function(holding: 0x1070) == nil)
        #expect(map.call(returningTo: 0x1095) == 3)
        #expect(map.call(returningTo: 0x1090) == nil)
        #expect(map.block(holding: 0x1021) == 1)
        #expect(Array(map.successors(ofBlock: 2)) == [3, 2])
        #expect(map.line(at: 0x1004)?.line == 7)
        #expect(map.line(at: 0x1005) == nil)
        #expect(map.calls(ofFunction: MapSketch.main) == 2..<4)
        #expect(map.operations(ofFunction: MapSketch.main) == 2..<3)
        #expect(map.stores(ofFunction: MapSketch.push) == 0..<1)
        #expect(map.stores(ofFunction: MapSketch.main) == 1..<1)
        let wait = map.operations[0]
        #expect(wait.action == UInt8(DWM_WAIT.rawValue))
        let hops = map.hops(ofIdentity: wait.identity)
        #expect(hops.map(\.kind) == [UInt8(DWM_HOP_MEMBER.rawValue), UInt8(DWM_HOP_GLOBAL.rawValue)])
        #expect(hops.last.flatMap { map.string($0.name) } == "jobs")
        let key = try #require(map.keys(ofSet: hops[0].keys).first)
        #expect(map.member(key).flatMap { map.string($0.name) } == "ready")
        #expect(map.predicates(ofLoop: 0).map(\.address) == [0x1010])
        #expect(Array(map.targets(ofSet: map.operations[2].targets)) == [MapSketch.worker])
    }

    @Test func equalMapsAreEqualBytesInMemoryAndOnDisk() throws {
        let first = try MapSketch().finished()
        let second = try MapSketch().finished()
        #expect(withExtendedLifetime((first, second)) { first.bytes.elementsEqual(second.bytes) })
        let copy = try SignalMapFile(bytes: first.bytes, path: "copy")
        #expect(withExtendedLifetime((first, copy)) { copy.bytes.elementsEqual(first.bytes) })
    }

    @Test func recordsThatAreFoundBySearchAreSorted() throws {
        var sketch = MapSketch()
        sketch.builder.exports.reverse()
        sketch.builder.lines.reverse()
        sketch.builder.operations.reverse()
        let map = try sketch.finished()
        #expect(map.export(named: "push") == MapSketch.push)
        #expect(map.line(at: 0x1048)?.line == 12)
        #expect(map.operations.map(\.function) == [0, 1, 2])
    }

    @Test func nothingIsFoundBeyondTheEndOfASection() throws {
        let map = try MapSketch().finished()
        for index in [UInt32(1000), DWM_NONE, DWM_IMPORTED] {
            #expect(map.string(index) == nil)
            #expect(map.function(index) == nil)
            #expect(map.call(index) == nil)
            #expect(map.member(index) == nil)
            #expect(map.identity(index) == nil)
            #expect(map.targetSet(index) == nil)
            #expect(map.calls(ofFunction: index).isEmpty)
            #expect(map.blocks(ofFunction: index).isEmpty)
            #expect(map.stores(ofFunction: index).isEmpty)
            #expect(map.operations(ofFunction: index).isEmpty)
            #expect(map.successors(ofBlock: index).isEmpty)
            #expect(map.hops(ofIdentity: index).isEmpty)
            #expect(map.keys(ofSet: index).isEmpty)
            #expect(map.targets(ofSet: index).isEmpty)
            #expect(map.targets(ofList: index).isEmpty)
            #expect(map.cells(ofSet: index).isEmpty)
            #expect(map.predicates(ofLoop: index).isEmpty)
        }
        // The closing record is none of the section's own.
        #expect(map.function(3) == nil)
        #expect(map.calls(ofFunction: 3).isEmpty)
    }
}
