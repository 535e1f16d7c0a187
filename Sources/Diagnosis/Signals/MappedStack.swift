import ProcessModel
import SignalMap

/// A thread's stack in the terms of the maps: where it goes on when what it waits for comes.
struct MappedStack {
    /// A frame in code that a map is of.
    struct Place {
        /// Index into the frames of the stack, 0 the innermost.
        var frame: Int
        var map: Int
        /// The binary's own: where a call returns to, else the instruction itself.
        var address: UInt64
        var isReturnAddress: Bool
        /// Of a text that does not say which of several calls of the function it is: the others.
        var others: [UInt64] = []

        var addresses: [UInt64] { [address] + others }
    }

    /// Innermost first.
    private(set) var places: [Place] = []
    /// Where it goes on, frame by frame.
    private(set) var roots: [Reachability.Root] = []
    /// The function of its outermost frame that a map knows: what it was started with. Nil where the stack is cut short.
    private(set) var start: SignalMapSet.Function?
    /// Its outermost frames are a pool's, which was handed what the maps know of it: it has no start routine of its own.
    private(set) var isWorkItem = false
    /// The same as a text names it.
    private var textStart: SignalMapSet.Function?
    /// What of the stack is not known, as clauses. Whatever such code does is not known either.
    private(set) var unknown: [String] = []

    init(_ thread: Thread, _ maps: ProcessMaps, _ index: SnapshotIndex) {
        let snapshot = index.snapshot
        guard let number = thread.stack, snapshot.stacks.indices.contains(number) else {
            unknown.append("its stack was not read")
            return
        }
        let stack = snapshot.stacks[number]
        defer { close(stack, maps) }
        if let search = maps.text, let bases = maps.textBases {
            let text = TextPlaces(snapshot.frames(of: thread), maps, search, bases)
            (places, roots, unknown) = (text.places, text.roots, text.unknown)
            textStart = text.start
            return
        }
        for (position, frameNumber) in stack.frames.enumerated() where snapshot.frames.indices.contains(frameNumber) {
            let frame = snapshot.frames[frameNumber]
            if frame.trust == .scan { note("frame \(position) was guessed") }
            if frame.isSignalFrame { continue }
            switch maps.place(of: frame, in: snapshot) {
            case .platform:
                if !places.isEmpty, frame.module.map({ Self.isPool(snapshot.modules[$0]) }) == true {
                    isWorkItem = true
                }
            case .unknown:
                // The outermost frame of a thread may have no code of its own.
                guard frame.pc?.rawValue != 0 else { continue }
                let module = frame.module.flatMap { snapshot.modules.indices.contains($0) ? snapshot.modules[$0] : nil }
                note(module.map { "it is in \($0.name), which has no map" } ?? "it is in code of no file")
            case .mapped(let map, let address):
                isWorkItem = false
                places.append(
                    Place(frame: position, map: map, address: address, isReturnAddress: frame.isReturnAddress))
                if frame.isReturnAddress {
                    roots.append(.returnAddress(map: map, address))
                } else if let function = maps.set.maps[map].function(holding: address) {
                    // It was interrupted there, or stands there: what it has done already may come again.
                    roots.append(.function(SignalMapSet.Function(map: map, index: function)))
                } else {
                    note("it stands where no function is known")
                }
            }
        }
    }

    private mutating func close(_ stack: Stack, _ maps: ProcessMaps) {
        switch stack.end {
        case .complete: start = textStart ?? places.last.flatMap { Self.function(of: $0, maps) }
        case .limit: note("its stack has more frames than were read")
        case .failed(let reason): note("its stack is cut short: \(reason)")
        }
    }

    /// Libraries that run what they are handed on threads of their own.
    private static func isPool(_ module: Module) -> Bool {
        ["libdispatch", "libswift_Concurrency"].contains { module.name.hasPrefix($0) }
    }

    /// The function that a place stands in.
    static func function(of place: Place, _ maps: ProcessMaps) -> SignalMapSet.Function? {
        // A call that is the last instruction of its function returns behind its end.
        let address = place.isReturnAddress ? place.address &- 1 : place.address
        return maps.set.maps[place.map].function(holding: address).map {
            SignalMapSet.Function(map: place.map, index: $0)
        }
    }

    private mutating func note(_ clause: String) {
        if !unknown.contains(clause) { unknown.append(clause) }
    }
}
