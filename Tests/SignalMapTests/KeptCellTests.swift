import SignalMapABI
import TestSupport
import Testing

@testable import SignalMap

/// Cells whose address is kept in memory, and calls that write through pointers that they find there: kept.c.
@Suite struct KeptCellTests {
    static let builds = ["gcc", "clang"].flatMap { compiler in [["-g", "-O0"], ["-g", "-O2"]].map { (compiler, $0) } }

    private struct Seen: Hashable {
        var place: UInt32
        /// The member that is written or kept; nil where it is not told.
        var member: String?
    }

    /// What the map says of the writes of a function.
    private func stores(_ function: String, _ compiler: String, _ flags: [String]) throws -> Set<Seen> {
        let library = try FixtureProgram(
            ["kept.c"], compiler: compiler, flags: flags + ["-shared", "-fPIC", "-fno-semantic-interposition"])
        let map = try SignalMapping.of(library.executable.path, SignalMapOptions()).map
        let set = SignalMapSet([map])
        let place = try #require(set.functions(named: function).first)
        return Set(
            map.stores(ofFunction: place.index).flatMap { index -> [Seen] in
                let store = map.stores[index]
                let members = map.keys(ofSet: store.keys).compactMap { map.member($0).flatMap { map.string($0.name) } }
                return members.isEmpty
                    ? [Seen(place: UInt32(store.place))] : members.map { Seen(place: UInt32(store.place), member: $0) }
            })
    }

    @Test(arguments: builds) func whatStandsInAVectorIsWritten(_ compiler: String, _ flags: [String]) throws {
        let seen = try stores("vector", compiler, flags)
        #expect(seen.contains(Seen(place: DWM_ONE_PLACE.rawValue, member: "by_vector")), "\(seen)")
        #expect(seen.contains(Seen(place: DWM_KEPT_BYTES.rawValue)), "\(seen)")
    }

    @Test(arguments: builds) func anAddressInMemoryIsKept(_ compiler: String, _ flags: [String]) throws {
        let seen = try stores("keep", compiler, flags)
        #expect(seen.contains(Seen(place: DWM_KEEPS.rawValue, member: "by_buffer")), "\(seen)")
        // A list's own links are no bytes that somebody reads from a file.
        #expect(seen.contains(Seen(place: DWM_KEEPS_POINTER.rawValue, member: "list")), "\(seen)")
        #expect(!seen.contains(Seen(place: DWM_KEEPS.rawValue, member: "list")), "\(seen)")
    }

    @Test(arguments: builds) func callsThatWriteThroughMemoryAreMarked(_ compiler: String, _ flags: [String]) throws {
        #expect(try stores("fill", compiler, flags).contains(Seen(place: DWM_KEPT_BYTES.rawValue)))
        let later = try stores("start", compiler, flags)
        #expect(later.contains(Seen(place: DWM_KEPT_LATER.rawValue)), "\(later)")
        #expect(later.contains(Seen(place: DWM_KEEPS.rawValue, member: "later")), "\(later)")
        let unknown = try stores("unknown", compiler, flags)
        #expect(unknown.contains(Seen(place: DWM_KEPT.rawValue)), "\(unknown)")
        #expect(unknown.contains(Seen(place: DWM_KEEPS.rawValue, member: "by_unknown")), "\(unknown)")
    }

    @Test(arguments: builds) func aCellHandedThroughAPointerIsWritten(_ compiler: String, _ flags: [String]) throws {
        let seen = try stores("call", compiler, flags)
        #expect(seen.contains(Seen(place: DWM_ONE_PLACE.rawValue, member: "by_call")), "\(seen)")
    }

    @Test(arguments: builds) func whatACalleeStoresOrAnotherBinaryIsHandedIsKept(
        _ compiler: String, _ flags: [String]
    ) throws {
        let setter = try stores("setter", compiler, flags)
        #expect(setter.contains(Seen(place: DWM_KEEPS.rawValue, member: "by_setter")), "\(setter)")
        #expect(setter.contains(Seen(place: DWM_KEPT_BYTES.rawValue)), "\(setter)")
        let early = try stores("early", compiler, flags)
        #expect(early.contains(Seen(place: DWM_KEEPS.rawValue, member: "by_early")), "\(early)")
    }

    @Test(arguments: builds) func aTableInTheDataKeeps(_ compiler: String, _ flags: [String]) throws {
        let library = try FixtureProgram(
            ["kept.c"], compiler: compiler, flags: flags + ["-shared", "-fPIC", "-fno-semantic-interposition"])
        let map = try SignalMapping.of(library.executable.path, SignalMapOptions()).map
        let kept = map.stores.filter { UInt32($0.place) == DWM_KEEPS.rawValue }.flatMap { store in
            map.keys(ofSet: store.keys).compactMap { map.member($0).flatMap { map.string($0.name) } }
        }
        #expect(kept.contains("by_table"))
        #expect(!kept.contains("untouched"))
    }

    @Test(arguments: builds) func whatStaysInTheFrameLeavesNoMark(_ compiler: String, _ flags: [String]) throws {
        let seen = try stores("plain", compiler, flags)
        let marks = [DWM_KEPT_BYTES, DWM_KEPT, DWM_KEPT_LATER, DWM_KEEPS, DWM_ANY_PLACE].map(\.rawValue)
        #expect(!seen.contains { marks.contains($0.place) }, "\(seen)")
    }
}
