import Deadwait
import DebugInfo
import Diagnosis
import ProcessModel
import SignalMap

/// The signal maps of the binaries of a snapshot: named, kept, or made now.
struct LoadedProcessMaps {
    private(set) var maps: ProcessMaps?
    /// What went otherwise than it should, as sentences.
    private(set) var notes: [String] = []

    /// Maps are of use only where somebody waits for what has no owner. They may be made for `seconds`.
    init(
        _ snapshot: Snapshot, _ arguments: MapArguments, _ symbols: SymbolArguments, seconds: Double
    ) throws(CommandFailure) {
        guard !arguments.noMap, Self.isNeeded(snapshot) else { return }
        var files: [Int: SignalMapFile] = [:]
        for path in arguments.maps {
            do throws(SignalMapError) {
                let map = try SignalMapFile(path: path)
                if let module = snapshot.modules.firstIndex(where: { $0.buildID != nil && $0.buildID == map.buildID }) {
                    files[module] = map
                } else {
                    notes.append("\(path) is the map of no binary of this process.")
                }
            } catch {
                throw CommandFailure(error)
            }
        }
        var missing: [(module: Int, reason: String)] = []
        var wanted: [(module: Int, path: String)] = []
        for module in Self.order(snapshot) where files[module] == nil {
            switch snapshot.modules[module].content {
            case .file(let path): wanted.append((module, path))
            case .memory: missing.append((module, "it has no file"))
            case .unavailable(let reason): missing.append((module, reason))
            }
        }
        var options = SignalMapOptions()
        options.debugInfo.debugDirectories = symbols.debugDirectories
        options.debugInfo.sysroot = symbols.sysroot
        if !symbols.noCache { options.cache = SignalMapCache.defaultDirectory.map { SignalMapCache(directory: $0) } }
        let outcomes = BackgroundMapping(wanted.map(\.path), options).wait(seconds: seconds)
        for (place, (module, _)) in wanted.enumerated() {
            guard place < outcomes.count else {
                missing.append((module, "it was not ready in time (--deadline)"))
                continue
            }
            switch outcomes[place] {
            case .failure(let error): missing.append((module, error.description))
            case .mapping(let mapping):
                notes += mapping.notes
                let identifier = snapshot.modules[module].buildID
                if let identifier, let found = mapping.map.buildID, identifier != found {
                    missing.append((module, "its file is of another build"))
                } else {
                    files[module] = mapping.map
                }
            }
        }
        maps = ProcessMaps(snapshot, files, missing: missing)
    }

    private static func isNeeded(_ snapshot: Snapshot) -> Bool {
        snapshot.threads.contains { thread in
            switch thread.wait?.kind {
            case .condition, .semaphore, .barrier, .futex, .future, .latch, .atomicWait, .park, .dispatchGroup, .once:
                true
            default: false
            }
        }
    }

    /// The program first, then what stands on stacks, then the rest.
    private static func order(_ snapshot: Snapshot) -> [Int] {
        let onStacks = Set(snapshot.frames.compactMap(\.module))
        func rank(_ module: Int) -> Int {
            if snapshot.modules[module].isExecutable { return 0 }
            return onStacks.contains(module) ? 1 : 2
        }
        return snapshot.modules.indices.filter { !ProcessMaps.isPlatform(snapshot.modules[$0]) }
            .sorted { (rank($0), $0) < (rank($1), $1) }
    }
}
