import Foundation
import ProcessModel
import Registry

/// Looks at the registries that the processes of an engine keep in files, again and again while they run, and adds up
/// what was seen.
///
/// A registry keeps the call stack of a wait only while the wait lasts, and of each object the last four sites that
/// signalled it: what one look misses a later one may see, and an object that is gone was seen before. Looking stops
/// no thread and writes nothing into the process.
final class RegistryObserver {
    /// An object by its place and the beginning of its life.
    private struct ObjectKey: Hashable {
        /// Nil where processes share it, at the same address in all.
        var process: ProcessID?
        var address: Address
        var since: UInt64?
        var kind: RegisteredKind
    }

    private struct ThreadKey: Hashable {
        var process: ProcessID
        var serial: UInt64
    }

    private struct SeenThread {
        var creation: EngineObservation.CallStack
        var startRoutine: FileAddress
        var firstCalls: Set<EngineObservation.CallStack> = []
    }

    private struct Source {
        var reader: RegistryReader
        var place: RegistryPlace
    }

    private let folder: URL
    private let sharesObjects: Bool
    private var sources: [UInt64: Source] = [:]
    private var objects: [ObjectKey: EngineObservation.ObservedObject] = [:]
    private var threads: [ThreadKey: SeenThread] = [:]
    private var losses: [ProcessID: [String: UInt64]] = [:]
    private var failures: [String: UInt64] = [:]
    private var looks = 0
    private var realPaths: [String: String] = [:]

    /// So many frames from the outermost tell what a foreign start routine called.
    private static let outermostFrames = 4

    /// - Parameters:
    ///   - folder: where files whose names begin with `registry` are; new ones are found at each look.
    ///   - sharesObjects: an object is the same in all processes where it has the same address.
    init(folder: URL, sharesObjects: Bool) {
        self.folder = folder
        self.sharesObjects = sharesObjects
    }

    func look() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where name.hasPrefix("registry") {
            do throws(RegistryError) {
                let memory = try RegistryFileMemory(path: folder.appendingPathComponent(name).path)
                // A file of the same name may be another process's by now.
                if sources[memory.inode] == nil {
                    sources[memory.inode] = Source(
                        reader: RegistryReader(memory: memory, isLive: true), place: memory.place)
                }
            } catch {
                // Its process is about to write it.
                failures["\(name): \(error)", default: 0] += 1
            }
        }
        for source in sources.values {
            do throws(RegistryError) {
                take(try source.reader.read(source.place, of: nil))
            } catch {
                failures["\(source.place.name): \(error)", default: 0] += 1
            }
        }
    }

    private func take(_ record: RegistryRecord) {
        looks += 1
        let stacks = record.stacks.map { stack in stack.addresses.map { place($0, record) } }
        func stack(_ index: Int?) -> EngineObservation.CallStack? {
            index.flatMap { stacks.indices.contains($0) && !stacks[$0].isEmpty ? stacks[$0] : nil }
        }
        for object in record.objects {
            let key = key(object.address, object.kind, object.initialisationSeen ? object.since : nil, record)
            for site in object.sites {
                guard let stack = stack(site.stack) else { continue }
                objects[key, default: .init(kind: object.kind.rawValue)].signals.insert(stack)
            }
        }
        for thread in record.threads {
            note(thread, stack(thread.creationStack), record)
            guard let wait = thread.wait, let stack = stack(wait.stack) else { continue }
            if let object = record.objects.first(where: { $0.address == wait.object && $0.kind == wait.kind }) {
                let key = key(object.address, object.kind, object.initialisationSeen ? object.since : nil, record)
                objects[key, default: .init(kind: object.kind.rawValue)].waits.insert(stack)
            }
            if record.stack(wait.stack)?.end == .complete {
                threads[ThreadKey(process: record.process, serial: thread.serial)]?.firstCalls.insert(
                    Array(stack.reversed().prefix(Self.outermostFrames)))
            }
        }
        note(record.counters, of: record.process)
    }

    private func key(
        _ address: Address, _ kind: RegisteredKind, _ since: UInt64?, _ record: RegistryRecord
    ) -> ObjectKey {
        sharesObjects
            ? ObjectKey(process: nil, address: address, since: nil, kind: kind)
            : ObjectKey(process: record.process, address: address, since: since, kind: kind)
    }

    private func note(
        _ thread: RegisteredThread, _ creation: EngineObservation.CallStack?, _ record: RegistryRecord
    ) {
        let key = ThreadKey(process: record.process, serial: thread.serial)
        guard threads[key] == nil, let creation, let routine = thread.startRoutine else { return }
        threads[key] = SeenThread(creation: creation, startRoutine: place(routine, record))
    }

    private func note(_ counters: RegistryCounters, of process: ProcessID) {
        losses[process] = [
            "threads without a record": counters.threadsDropped, "objects without a record": counters.objectsDropped,
            "stacks without a record": counters.stacksDropped, "modules without a record": counters.modulesDropped,
        ]
    }

    /// An address of the process as one of the file's.
    private func place(_ address: Address, _ record: RegistryRecord) -> FileAddress {
        guard let module = record.modules.first(where: { $0.start <= address && address < $0.end }) else {
            return FileAddress(module: "", address: address.rawValue)
        }
        return FileAddress(module: real(module.path), address: address.rawValue &- module.loadBias)
    }

    /// The file itself: the dynamic loader knows a library by whatever link led to it.
    private func real(_ path: String) -> String {
        if let known = realPaths[path] { return known }
        let real = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        realPaths[path] = real
        return real
    }

    /// All that was seen by now.
    var observation: EngineObservation {
        var result = EngineObservation()
        result.objects = Array(objects.values)
        for thread in threads.values {
            let calls = thread.firstCalls.isEmpty ? [[]] : thread.firstCalls
            for calls in calls {
                result.creations.insert(
                    .init(stack: thread.creation, startRoutine: thread.startRoutine, firstCalls: calls))
            }
        }
        result.looks = looks
        result.losses = losses.values.reduce(into: failures) { sum, part in
            for (what, count) in part where count > 0 { sum[what, default: 0] += count }
        }
        return result
    }
}
