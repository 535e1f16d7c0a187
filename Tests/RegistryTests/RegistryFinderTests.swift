import ProcessModel
import Registry
import TestSupport
import Testing

/// How the registry is found: by symbol, by mark, by scan.
@Suite struct RegistryFinderTests {
    typealias Hand = HandRegistry

    enum Table: CaseIterable { case sysv, gnu }

    static let library: UInt64 = 0x7f00_0000_0000
    static let name = "deadwait_registry_beacon"

    /// A shared object in memory: ELF header, PT_DYNAMIC, one hash table, three symbols, and the beacon at 0x2000
    /// (System V gABI, chapters 4 and 5).
    static func image(_ table: Table, symbol: String = name, beacon: [UInt8]? = nil, isStatic: Bool = false) -> [UInt8]
    {
        var hand = Hand()
        hand.bytes = [UInt8](repeating: 0, count: 0x3000)
        hand.put([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1], at: 0)
        hand.put(UInt64(64), at: 32)
        hand.put(UInt16(56), at: 54)
        hand.put(UInt16(isStatic ? 0 : 1), at: 56)
        hand.put(UInt32(2), at: 64)
        hand.put(UInt64(0x200), at: 64 + 16)
        hand.put(UInt64(16 * 5), at: 64 + 40)
        let names = ["malloc", symbol, "free"]
        let hashTag: UInt64 = table == .sysv ? 4 : 0x6fff_fef5
        // The loader has written addresses over the entries of one kind of table and not of the other.
        let entries: [(UInt64, UInt64)] = [
            (hashTag, table == .sysv ? 0x400 : library + 0x400), (5, library + 0x800), (10, 0x100),
            (6, library + 0x600),
            (0, 0),
        ]
        for (index, entry) in entries.enumerated() {
            hand.put(entry.0, at: 0x200 + index * 16)
            hand.put(entry.1, at: 0x208 + index * 16)
        }
        var text = 1
        for (index, name) in names.enumerated() {
            hand.put(Array(name.utf8), at: 0x800 + text)
            let place = 0x600 + (index + 1) * 24
            hand.put(UInt32(text), at: place)
            hand.put(UInt16(7), at: place + 6)
            hand.put(UInt64(index == 1 ? 0x2000 : 0x1000), at: place + 8)
            text += name.utf8.count + 1
        }
        switch table {
        case .sysv:
            // One bucket, four chains: 3, 2, 1.
            for (index, word) in [1, 4, 3, 0, 0, 1, 2].enumerated() { hand.put(UInt32(word), at: 0x400 + index * 4) }
        case .gnu:
            for (index, word) in [1, 1, 1, 6].enumerated() { hand.put(UInt32(word), at: 0x400 + index * 4) }
            hand.put(UInt64.max, at: 0x410)
            hand.put(UInt32(1), at: 0x418)
            for (index, name) in names.enumerated() {
                let hash = name.utf8.reduce(5381 as UInt32) { $0 &* 33 &+ UInt32($1) }
                hand.put(index == 2 ? hash | 1 : hash & ~1, at: 0x41c + index * 4)
            }
        }
        if let beacon { hand.put(beacon, at: 0x2000) }
        return hand.bytes
    }

    static func beacon(pid: UInt32 = 4242, address: UInt64 = Hand.base, version: UInt32 = 1) -> [UInt8] {
        var hand = Hand()
        hand.bytes = [UInt8](repeating: 0, count: 48)
        hand.put(Array("DEADWAIT-BEACON".utf8), at: 0)
        hand.put(version, at: 16)
        hand.put(UInt32(48), at: 20)
        hand.put(address, at: 24)
        hand.put(Hand.size, at: 32)
        hand.put(pid, at: 40)
        return hand.bytes
    }

    static func module(_ path: String, isExecutable: Bool = false) -> Module {
        Module(
            path: path, start: Address(library), end: Address(library + 0x3000), loadBias: library,
            content: .unavailable(reason: "by hand"), isExecutable: isExecutable)
    }

    static let mappings = [
        Mapping(
            start: Address(library), end: Address(library + 0x3000), permissions: [.read, .write], inode: 7,
            path: "/usr/lib/libdeadwait.so"),
        Mapping(
            start: Address(Hand.base - 0x4000), end: Address(Hand.base + Hand.size), permissions: [.read, .write]),
    ]

    private func find(
        _ image: [UInt8], path: String = "/usr/lib/libdeadwait.so", isExecutable: Bool = false, process: Int32 = 4242,
        scans: Bool = false, registry: HandRegistry = Hand()
    ) throws -> RegistryPlace? {
        let memory = HandMemory([
            (start: Self.library, bytes: image), (start: Hand.base, bytes: registry.bytes),
            (start: Hand.base - 0x4000, bytes: [UInt8](repeating: 0, count: 0x4000)),
        ])
        return try RegistryFinder(
            modules: [Self.module(path, isExecutable: isExecutable)], mappings: Self.mappings, memory: memory
        ).find(of: ProcessID(process), scans: scans)
    }

    @Test(arguments: Table.allCases)
    func theDynamicSymbolLeadsToIt(_ table: Table) throws {
        for path in ["/usr/lib/libdeadwait.so", "/opt/engine/libengine.so"] {
            let place = try #require(try find(Self.image(table, beacon: Self.beacon()), path: path))
            #expect(place.address == Address(Hand.base) && place.origin == .symbol && place.name == path)
            #expect(place.available == Hand.size)
        }
        #expect(try find(Self.image(table, symbol: "deadwait_registry_bacon"), path: "/lib/libc.so.6") == nil)
    }

    @Test func aModuleWithoutTheSymbolCostsFourReads() throws {
        var image = Self.image(.gnu, symbol: "unrelated")
        // A Bloom filter that holds nothing: what nearly every library's says of a name that it does not define.
        image.replaceSubrange(0x410..<0x418, with: [UInt8](repeating: 0, count: 8))
        let memory = HandMemory([(start: Self.library, bytes: image)])
        var reads = 0
        memory.beforeRead = { _, _, _ in reads += 1 }
        let finder = RegistryFinder(
            modules: [Self.module("/lib/libc.so.6")], mappings: Self.mappings, memory: memory)
        #expect(try finder.find(of: nil, scans: false) == nil)
        #expect(reads == 4)
    }

    @Test func aSymbolThatIsOnlyUsedIsNotIt() throws {
        var image = Self.image(.gnu, beacon: Self.beacon())
        // st_shndx SHN_UNDEF: defined elsewhere.
        image.replaceSubrange(0x600 + 2 * 24 + 6..<0x600 + 2 * 24 + 8, with: [0, 0])
        #expect(try find(image, path: "/opt/engine/bin/engine") == nil)
    }

    @Test func aStaticProgramIsSearchedForTheMark() throws {
        let image = Self.image(.gnu, beacon: Self.beacon(), isStatic: true)
        let place = try #require(try find(image, path: "/opt/engine/bin/engine", isExecutable: true))
        #expect(place.address == Address(Hand.base) && place.origin == .moduleData)
        // A shared object that is not ours is not searched.
        #expect(try find(image, path: "/lib/libother.so") == nil)
    }

    @Test func aLibraryWithoutReadableTablesIsSearchedToo() throws {
        var image = Self.image(.gnu, beacon: Self.beacon())
        image.replaceSubrange(0..<0x1000, with: [UInt8](repeating: 0, count: 0x1000))
        #expect(try find(image)?.origin == .moduleData)
    }

    @Test func theMagicNumberIsFoundByScanning() throws {
        let bare = Self.image(.gnu, symbol: "unrelated")
        #expect(try find(bare, path: "/opt/x.so") == nil)
        let place = try #require(try find(bare, path: "/opt/x.so", scans: true))
        #expect(place.address == Address(Hand.base) && place.origin == .scan && place.available == Hand.size)
    }

    @Test func theMappingsNameLeadsToIt() throws {
        let memory = HandMemory(Hand())
        let mapping = Mapping(
            start: Address(Hand.base), end: Address(Hand.base + Hand.size), permissions: [.read, .write],
            path: "[anon:deadwait-registry]")
        let place = try RegistryFinder(modules: [], mappings: [mapping], memory: memory).find(of: nil, scans: false)
        #expect(place?.address == Address(Hand.base) && place?.origin == .scan)
    }

    @Test func aRegistryOfTheParentIsRefused() throws {
        let image = Self.image(.gnu, beacon: Self.beacon(pid: 4000))
        let path = "/opt/engine/libengine.so"
        #expect(throws: RegistryError.foreign(place: path, owner: ProcessID(4000), process: ProcessID(4242))) {
            try find(image, path: path)
        }
    }

    @Test func aBeaconThatLeadsNowhereIsTold() throws {
        let path = "/opt/engine/libengine.so"
        #expect(throws: RegistryError.notMapped(place: path)) {
            try find(Self.image(.gnu, beacon: Self.beacon(address: 0)), path: path)
        }
        #expect(throws: RegistryError.unknownVersion(place: path, version: 3)) {
            try find(Self.image(.gnu, beacon: Self.beacon(version: 3)), path: path)
        }
        #expect(throws: RegistryError.unreadable(place: path, address: Address(0x1234_5000))) {
            try find(Self.image(.gnu, beacon: Self.beacon(address: 0x1234_5000)), path: path)
        }
        #expect(throws: RegistryError.notARegistry(place: path)) { try find(Self.image(.sysv), path: path) }
    }

    /// A loop in a chain or a bucket beyond the table must end.
    @Test(arguments: Table.allCases, 0..<8)
    func damagedTablesAreSurvived(_ table: Table, _ seed: Int) throws {
        var random = SplitMix(seed: UInt64(seed))
        for _ in 0..<60 {
            var image = Self.image(table, beacon: Self.beacon())
            for _ in 0..<6 {
                image[Int(random.next() % 0xA00)] = UInt8(truncatingIfNeeded: random.next())
            }
            do {
                _ = try find(image, path: "/opt/engine/libengine.so")
            } catch is RegistryError {
                continue
            }
        }
    }
}
