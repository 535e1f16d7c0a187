import DebugInfo
import Glibc
import ProcessModel
import SignalMapABI

/// Where a map is looked for and what it may be made from.
package struct SignalMapOptions: Sendable {
    /// Where separate debug files are looked for.
    package var debugInfo = DebugInfoOptions()
    /// nil: maps of earlier runs are not used, and none are kept.
    package var cache: SignalMapCache?

    package init(debugInfo: DebugInfoOptions = DebugInfoOptions(), cache: SignalMapCache? = nil) {
        self.debugInfo = debugInfo
        self.cache = cache
    }
}

/// How a map was come by.
package struct SignalMapping {
    package enum Origin: Sendable {
        case made
        case cached
        /// A file of a map that was named.
        case read
    }

    /// What a step took.
    package struct Phase: Sendable {
        package var name: String
        package var milliseconds: Double
    }

    package var map: SignalMapFile
    package var origin: Origin
    package var phases: [Phase]
    /// What went otherwise than it should, as sentences: a damaged cache, a map that could not be kept.
    package var notes: [String] = []

    /// The map of a binary: from its own file where `path` is a map, else from the cache, else made now.
    ///
    /// Throws `.otherKind`, what `BinaryFile` and `CodeMap` throw, and for damaged maps that were named `.damaged` and the
    /// like.
    package static func of(_ path: String, _ options: SignalMapOptions) throws(SignalMapError) -> SignalMapping {
        var clock = Stopwatch()
        if isMap(path) {
            let map = try SignalMapFile(path: path)
            clock.lap("open the map")
            return SignalMapping(map: map, origin: .read, phases: clock.phases)
        }
        if let kind = FileKind.other(at: path) { throw .otherKind(path: path, kind: kind) }
        // The build id alone tells whether there is a map: symbols and relocations are read when there is none.
        let file: ObjectFile
        do throws(DebugInfoError) {
            file = try ObjectFile(path: path)
        } catch {
            throw SignalMapError(error, path: path)
        }
        var notes: [String] = []
        if let cache = options.cache, let identifier = file.buildID {
            switch cache.map(of: identifier) {
            case .map(let map) where isWorse(map, file, options):
                notes.append("More is known of the binary than when its cached map was made: it was made anew.")
            case .map(let map):
                clock.lap("open the cached map")
                return SignalMapping(map: map, origin: .cached, phases: clock.phases)
            case .nothing: break
            case .unusable(let reason): notes.append("A cached map was made anew: \(reason).")
            }
        }
        let binary: BinaryFile
        do throws(DebugInfoError) {
            binary = try BinaryFile(file)
        } catch {
            throw SignalMapError(error, path: path)
        }
        var mapping = SignalMapping(map: try make(of: binary, options, &clock), origin: .made, phases: [])
        if file.hasChanged {
            notes.append("The file was changed while it was read: the map may be wrong, and was not kept. Try again.")
        } else if let cache = options.cache, mapping.map.buildID != nil {
            if let reason = cache.keep(mapping.map) { notes.append("The map was not kept: \(reason).") }
            clock.lap("keep the map")
        }
        mapping.phases = clock.phases
        mapping.notes = notes
        return mapping
    }

    /// Whether a file begins as a map does.
    package static func isMap(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var start = [UInt8](repeating: 0, count: 8)
        return read(descriptor, &start, 8) == 8 && start.elementsEqual(DWM_MAGIC.utf8)
    }

    /// A cached map may be of the same build without its symbols or debug information.
    private static func isWorse(_ map: SignalMapFile, _ file: ObjectFile, _ options: SignalMapOptions) -> Bool {
        map.header.knowledge < DWM_DEBUG_INFORMATION.rawValue
            && map.header.knowledge < BinaryLines.knowledge(of: file, options: options.debugInfo).rawValue
    }

    // MARK: Making

    static func make(
        of binary: BinaryFile, _ options: SignalMapOptions, _ clock: inout Stopwatch
    ) throws(SignalMapError) -> SignalMapFile {
        clock.lap("read the file")
        let map = try CodeMap(binary)
        clock.lap("decode")
        let code = BinaryCode(map)
        clock.lap("control flow")
        let types = BinaryTypes(binary, options: options.debugInfo)
        clock.lap("types")
        let facts = CodeFacts(code, types)
        clock.lap("interpret")
        let classes = ClassTables(map)
        clock.lap("classes")
        let graph = CallGraph(code: code, facts: facts, types: types, classes: classes)
        clock.lap("calls")
        let entries = map.functions.indices.map { map.start(of: $0) }
        let analysis = ObjectAnalysis(facts, types, BinaryNames(map), entries: entries)
        let operations = ObjectOperations(analysis, graph)
        clock.lap("objects")
        let stores = CellStores(analysis)
        let predicates = Predicates(analysis, code.flows, operations)
        clock.lap("loops")
        let variants = FunctionVariants(code, facts, graph)
        clock.lap("constants")
        var assembly = MapAssembly(code, facts)
        assembly.builder.knowledge = BinaryLines.knowledge(of: binary.file, options: options.debugInfo)
        assembly.note(types.gaps)
        assembly.add(graph, types.table)
        assembly.add(classes)
        assembly.add(analysis, operations, stores, predicates, graph, variants)
        assembly.add(variants)
        clock.lap("records")
        BinaryLines(binary, options: options.debugInfo).add(to: &assembly.builder)
        clock.lap("lines")
        let file = try assembly.builder.finish()
        clock.lap("lay out")
        return file
    }
}

/// What steps take, by the monotonic clock.
struct Stopwatch {
    private(set) var phases: [SignalMapping.Phase] = []
    private var last = Self.now

    mutating func lap(_ name: String) {
        let now = Self.now
        phases.append(SignalMapping.Phase(name: name, milliseconds: now - last))
        last = now
    }

    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
    }
}
