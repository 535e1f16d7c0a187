import ProcessModel
import SignalMap

/// The signal maps of the binaries that a process runs, linked as the dynamic linker would link them.
package struct ProcessMaps {
    /// The main program's first, then those of the libraries in the order of their addresses.
    package let set: SignalMapSet
    /// Modules of the snapshot that could have a map and have none, with the reason as a clause.
    package let missing: [(module: Int, reason: String)]
    /// Finds frames by their names, of a process of which there is a text alone.
    let text: SourcePlaceSearch?
    let textBases: TextBases?
    private let mapOfModule: [Int?]
    private let isPlatform: [Bool]

    /// Libraries whose functions the maps know by name: they have no map and need none.
    private static let platform = [
        "libc.so", "libc-", "ld-linux", "ld-2.", "libpthread", "libm.so", "libm-", "librt", "libdl", "libresolv",
        "libnss_", "libgcc_s", "libstdc++", "libc++", "libswift", "libdispatch", "libBlocksRuntime", "libFoundation",
        "lib_Foundation", "libdeadwait", "[vdso]", "linux-vdso", "[vsyscall]", "libunwind",
    ]

    /// `maps` by module of the snapshot.
    package init(_ snapshot: Snapshot, _ maps: [Int: SignalMapFile], missing: [(module: Int, reason: String)] = []) {
        let order = maps.keys.sorted {
            let (left, right) = (snapshot.modules[$0], snapshot.modules[$1])
            return (left.isExecutable ? 0 : 1, $0) < (right.isExecutable ? 0 : 1, $1)
        }
        var places = [Int?](repeating: nil, count: snapshot.modules.count)
        for (place, module) in order.enumerated() { places[module] = place }
        set = SignalMapSet(order.compactMap { maps[$0] })
        mapOfModule = places
        isPlatform = snapshot.modules.map(Self.isPlatform)
        self.missing = missing
        text = nil
        textBases = nil
    }

    /// Of a process that a text tells of, which does not say where its binaries lie: the program's map first.
    package init(_ snapshot: Snapshot, text maps: [SignalMapFile]) {
        set = SignalMapSet(maps)
        let search = SourcePlaceSearch(set)
        text = search
        textBases = TextBases(snapshot, set, search)
        mapOfModule = []
        isPlatform = snapshot.modules.map(Self.isPlatform)
        missing = []
    }

    /// Whether a module is one of those whose functions are known by name.
    package static func isPlatform(_ module: Module) -> Bool { platform.contains { module.name.hasPrefix($0) } }

    /// Of a text: maps that are of another build than the text, and how many frames say so.
    package var misfits: [(map: Int, frames: Int)] {
        (textBases?.misfits ?? []).enumerated().filter { $0.element > 0 && textBases?.bases[$0.offset] == nil }
            .map { ($0.offset, $0.element) }
    }

    /// Where a frame stands in the maps.
    enum Place {
        /// By map, and in the binary's own addresses.
        case mapped(map: Int, address: UInt64)
        /// In libc or a language's runtime.
        case platform
        /// In code that no map is of.
        case unknown
    }

    func place(of frame: Frame, in snapshot: Snapshot) -> Place {
        guard let module = frame.module, mapOfModule.indices.contains(module), let pc = frame.pc else {
            return .unknown
        }
        if let map = mapOfModule[module] {
            return .mapped(map: map, address: pc.rawValue &- snapshot.modules[module].loadBias)
        }
        return isPlatform[module] ? .platform : .unknown
    }

    /// Where a function begins in the process; nil where its record is damaged.
    func address(of function: SignalMapSet.Function, in snapshot: Snapshot) -> Address? {
        guard let module = mapOfModule.firstIndex(of: function.map),
            let record = set.maps[function.map].function(function.index)
        else { return nil }
        return Address(record.start &+ snapshot.modules[module].loadBias)
    }

    /// The threads' stacks in the terms of the maps, in the order of the threads; those that are equal are made once.
    func stacks(_ index: SnapshotIndex) -> [MappedStack] {
        var known: [Int: MappedStack] = [:]
        return index.snapshot.threads.map { thread in
            if let stack = thread.stack, let made = known[stack] { return made }
            let made = MappedStack(thread, self, index)
            if let stack = thread.stack { known[stack] = made }
            return made
        }
    }

    /// Where threads wait, wrappers of the wait left behind: the function that says which object it is. By stack.
    func waitPlaces(_ index: SnapshotIndex) -> [Int: FramePlace] {
        let snapshot = index.snapshot
        var places: [Int: FramePlace] = [:]
        for (position, thread) in snapshot.threads.enumerated() {
            guard let stack = thread.stack, places[stack] == nil, let wait = thread.wait, wait.object != nil,
                let mapped = MappedWait(position, wait, MappedStack(thread, self, index), set),
                snapshot.stacks[stack].frames.indices.contains(mapped.frame)
            else { continue }
            let frame = snapshot.frames[snapshot.stacks[stack].frames[mapped.frame]]
            if let source = frame.source.last { places[stack] = FramePlace(frame: mapped.frame, source: source) }
        }
        return places
    }
}
