import ProcessModel
import SignalMap

/// Finds the frames of a text in the maps, by names and lines: a text has no addresses that a map knows.
///
/// A frame stands behind the calls of its function that lead to the frame further in; of several the line decides, where
/// it is one of them. Where no call leads there the function may go on anywhere.
struct TextPlaces {
    private(set) var places: [MappedStack.Place] = []
    private(set) var roots: [Reachability.Root] = []
    private(set) var unknown: [String] = []
    /// Functions that the maps have no code of, though of others of their files.
    private(set) var inlined: [String] = []
    /// Frames whose line has a call in the map, and frames of functions that are in a map: how well the text fits.
    private(set) var fit = (lines: 0, frames: 0)
    /// The function of the outermost frame that a map knows.
    private(set) var start: SignalMapSet.Function?
    private let maps: ProcessMaps
    private let search: SourcePlaceSearch
    /// What the frames further in are, up to the last one that a map knows.
    private var callee = SourceCallee()

    private let bases: TextBases
    /// How many frames may have been put into their callers.
    private static let mostInlined = 6

    init(_ frames: [Frame], _ maps: ProcessMaps, _ search: SourcePlaceSearch, _ bases: TextBases) {
        self.maps = maps
        self.search = search
        self.bases = bases
        var isAfterSignal = false
        for (position, frame) in frames.enumerated() {
            if frame.isSignalFrame {
                isAfterSignal = true
                callee = SourceCallee()
                continue
            }
            guard let source = frame.source.last, let name = source.function else {
                if frame.pc?.rawValue != 0 { note("frame \(position) has no name") }
                callee = SourceCallee()
                continue
            }
            let found = isElsewhere(frame, name, frames, position) ? [] : search.functions(named: name)
            if position > 0, !isAfterSignal, frame.isReturnAddress, let exact = bases.place(of: frame, in: maps.set) {
                add(exact, position)
            } else if found.isEmpty {
                add(other: name, frames, position)
            } else {
                add(found, source, at: frame.source[0], position, isInnermost: position == 0 || isAfterSignal)
                start = found.first
            }
            isAfterSignal = false
        }
    }

    private mutating func add(_ exact: (map: Int, address: UInt64), _ position: Int) {
        places.append(
            MappedStack.Place(frame: position, map: exact.map, address: exact.address, isReturnAddress: true))
        roots.append(.returnAddress(map: exact.map, exact.address))
        fit.frames += 1
        fit.lines += 1
        callee = SourceCallee()
        guard let index = maps.set.maps[exact.map].function(holding: exact.address &- 1) else { return }
        start = SignalMapSet.Function(map: exact.map, index: index)
        callee.functions = [SignalMapSet.Function(map: exact.map, index: index)]
    }

    private mutating func note(_ clause: String) {
        if !unknown.contains(clause) { unknown.append(clause) }
    }

    /// A function of that name is in a map, and this frame is another one: libc's file, or an address that no base explains.
    private func isElsewhere(_ frame: Frame, _ name: String, _ frames: [Frame], _ position: Int) -> Bool {
        if TextPlatform.isFile(of: frame) { return true }
        if name == "start_thread", position + 1 < frames.count,
            frames[position + 1].source.last?.function?.contains("clone") == true
        {
            return true
        }
        return frame.pc != nil && position > 0 && bases.knowsAll && bases.place(of: frame, in: maps.set) == nil
    }

    private mutating func add(other name: String, _ frames: [Frame], _ position: Int) {
        if TextPlatform.holds(name, frames[position]) {
            if !callee.functions.isEmpty { callee = SourceCallee() }
            callee.names.insert(SourceCallee.bare(name))
            return
        }
        // A function that its caller took in: the caller's own call leads further in.
        let outer = frames.dropFirst(position + 1).prefix(Self.mostInlined).compactMap { $0.source.last?.function }
        let isInlined = outer.contains { caller in
            search.functions(named: caller).contains { !maps.set.returns(from: $0, to: callee).isEmpty }
        }
        if isInlined && !callee.isEmpty { return }
        callee = SourceCallee()
        // The compiler put it into another function, or the build has it under another name: what the functions of its
        // file do, it may do.
        let kin = frames[position].source.last?.file.map { search.functions(inFile: $0) } ?? []
        guard kin.isEmpty else {
            roots += kin.map { .function($0) }
            inlined.append(name)
            return
        }
        note("\(name) is in no map")
    }

    private mutating func add(
        _ found: [SignalMapSet.Function], _ source: SourceFrame, at line: SourceFrame, _ position: Int,
        isInnermost: Bool
    ) {
        let set = maps.set
        defer {
            callee = SourceCallee()
            callee.functions = Set(found)
        }
        if isInnermost {
            roots += found.map { .function($0) }
            return
        }
        let place = SourcePlace(
            function: source.function ?? "", file: line.file, line: line.line.flatMap { UInt32(exactly: $0) })
        fit.frames += 1
        var isPlaced = false
        for function in found {
            var returns = set.returns(from: function, to: callee)
            if returns.isEmpty, callee.isEmpty || !callee.functions.isEmpty {
                returns = set.indirectReturns(from: function)
                let own = set.returns(returns, of: function.map, at: place)
                // Of all calls through pointers none is of the line: it may be any, or a line of another build.
                if own.count == returns.count { returns = [] } else { returns = own }
            }
            guard !returns.isEmpty else {
                roots.append(.function(function))
                continue
            }
            let own = set.returns(returns, of: function.map, at: place)
            if own.count < returns.count || hasLine(own, function.map, place) { fit.lines += 1 }
            roots += own.map { .returnAddress(map: function.map, $0) }
            guard !isPlaced else { continue }
            isPlaced = true
            places.append(
                MappedStack.Place(
                    frame: position, map: function.map, address: own[0], isReturnAddress: true,
                    others: Array(own.dropFirst())))
        }
    }

    private func hasLine(_ returns: [UInt64], _ map: Int, _ place: SourcePlace) -> Bool {
        guard let line = place.line else { return false }
        let file = maps.set.maps[map]
        return returns.contains { address in
            file.call(returningTo: address).flatMap { file.call($0) }.flatMap { file.line(at: $0.address) }?.line
                == line
        }
    }
}

/// Functions of libc and of language runtimes, by what a text says of a frame.
enum TextPlatform {
    private static let functions: [String] = [
        "pthread_", "sem_", "futex", "lll_", "syscall", "clone", "start_thread", "libc_start", "poll", "ppoll",
        "epoll_",
        "select", "read", "write", "recv", "send", "accept", "nanosleep", "clock_nanosleep", "usleep", "sleep",
        "new_sem",
        "thread_start", "gthread_", "restore_rt", "raise", "abort", "GI_", "malloc", "free", "calloc", "realloc",
        "int_",
        "libc_", "dl_", "wait4", "waitpid", "sigwait", "fsync", "fdatasync", "internal_", "std::", "__gnu_cxx::",
    ]
    private static let files = [
        "clone.S", "clone3.S", "pthread_create.c", "libc-start.c", "libc_start_call_main.h", "start.S", "syscall.S",
        "pthread_cond_wait.c", "pthread_cond_timedwait.S", "pthread_cond_wait.S", "lowlevellock.S", "futex-internal.c",
        "futex-internal.h", "syscall-template.S",
    ]

    static func holds(_ name: String, _ frame: Frame) -> Bool {
        if name == "_start" { return true }
        let bare = name.drop { $0 == "_" }
        if functions.contains(where: { bare.hasPrefix($0) || name.hasPrefix($0) }) { return true }
        return isFile(of: frame)
    }

    /// Whether the frame's file is one of libc's, by its name there.
    static func isFile(of frame: Frame) -> Bool {
        guard let file = frame.source.last?.file?.split(separator: "/").last else { return false }
        return files.contains { file == $0 }
    }
}
