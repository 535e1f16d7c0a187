import Diagnosis
import ProcessModel

/// What a registry holds, as JSON: `deadwait registry --format json`. Within a version fields are only added.
///
/// Times are nanoseconds of the target's CLOCK_MONOTONIC. Thread ids are the target's own.
public struct RegistryJSON: Sendable {
    /// Changes when a member changes its meaning or goes away.
    public static let schema = "deadwait.registry/1"

    /// The snapshot was loaded from a file.
    public var isSaved: Bool

    public init(isSaved: Bool = false) { self.isSaved = isSaved }

    /// The whole document, with a newline behind it; nothing for a snapshot without a registry.
    public func write(_ snapshot: Snapshot, to output: inout ByteWriter) {
        guard let record = snapshot.registry else { return }
        let words = RegistryWords(record, modules: snapshot.modules)
        let parts = JSONParts(SnapshotIndex(snapshot))
        var json = JSONWriter(output)
        json.beginObject(lines: true)
        json.string("schema", Self.schema)
        parts.process(isSaved: isSaved, to: &json)
        header(record, &json)
        json.key("threads")
        json.beginArray(lines: true)
        for thread in record.threads { write(thread, words, &json) }
        json.end()
        json.key("objects")
        json.beginArray(lines: true)
        for object in record.objects { write(object, words, &json) }
        json.end()
        RegistryFactsJSON(record: record, words: words).write(to: &json)
        parts.gaps(record.gaps + snapshot.gaps, to: &json)
        json.finish(into: &output)
    }

    private func header(_ record: RegistryRecord, _ json: inout JSONWriter) {
        json.key("registry")
        json.beginObject()
        json.string("runtime", record.runtime)
        json.integer("version", record.version)
        json.string("origin", record.origin.rawValue)
        json.integer("pid", record.process.rawValue)
        json.integer("parent", record.parent?.rawValue)
        json.integer("forks", record.forks)
        json.boolean("locks", record.recordsLocks)
        json.boolean("file", record.isFileBacked)
        json.address("address", record.address?.rawValue)
        json.integer("bytes", record.byteCount)
        json.integer("start", record.start)
        json.string("startTime", UTCTime.text(record.startRealtime))
        json.integer("readAt", record.readAt)
        json.integer("newest", record.newestTime)
        json.end()
    }

    private func write(_ thread: RegisteredThread, _ words: RegistryWords, _ json: inout JSONWriter) {
        json.beginObject()
        json.integer("serial", thread.serial)
        json.integer("tid", thread.id?.rawValue)
        json.string("name", thread.name)
        json.string("role", thread.role)
        json.string("state", thread.state.rawValue)
        json.string("presence", thread.presence?.rawValue)
        json.boolean("main", thread.isMain)
        json.boolean("late", thread.isLate)
        json.boolean("detached", thread.isDetached)
        json.boolean("joined", thread.wasJoined)
        json.boolean("cancelAsked", thread.wasCancelAsked)
        json.string("startRoutine", words.startRoutine(thread))
        json.address("startAddress", thread.startRoutine?.rawValue)
        json.address("argument", thread.argument)
        json.address("handle", thread.handle?.rawValue)
        json.integer("creator", thread.creator?.rawValue)
        json.integer("creatorSerial", thread.creatorSerial)
        json.integer("created", thread.created)
        words.stack("creationStack", thread.creationStack, &json)
        json.integer("exited", thread.exited)
        json.string("end", thread.end?.rawValue)
        json.key("wait")
        if let wait = thread.wait { write(wait, words, &json) } else { json.null() }
        json.integer("waits", thread.waits)
        json.integer("timeouts", thread.timeouts)
        json.integer("eventCount", thread.eventCount)
        events(thread, &json)
        held(thread, words, &json)
        json.end()
    }

    private func write(_ wait: RegisteredWait, _ words: RegistryWords, _ json: inout JSONWriter) {
        json.beginObject()
        json.string("kind", wait.kind.rawValue)
        json.address("object", wait.object.rawValue)
        json.address("mutex", wait.mutex?.rawValue)
        json.integer("since", wait.since)
        json.integer("elapsedNanoseconds", wait.since.map { words.elapsed(since: $0) })
        json.integer("timeoutNanoseconds", wait.timeout)
        json.integer("timeoutsInARow", wait.timeoutsInARow)
        json.boolean("shared", wait.isShared)
        json.boolean("nested", wait.isNested)
        json.boolean("idle", wait.isIdle)
        json.string("idleReason", wait.idleReason)
        json.string("check", wait.check?.rawValue)
        words.stack("stack", wait.stack, &json)
        json.end()
    }

    private func events(_ thread: RegisteredThread, _ json: inout JSONWriter) {
        json.key("events")
        guard let events = thread.events else {
            json.null()
            return
        }
        json.beginArray()
        for event in events {
            json.beginObject()
            json.integer("time", event.time)
            json.string("action", event.action.rawValue)
            json.string("kind", event.kind?.rawValue)
            json.address("object", event.object?.rawValue)
            json.integer("errno", event.error)
            json.end()
        }
        json.end()
    }

    private func held(_ thread: RegisteredThread, _ words: RegistryWords, _ json: inout JSONWriter) {
        json.key("heldLocks")
        guard let locks = thread.heldLocks else {
            json.null()
            return
        }
        json.beginArray()
        for lock in locks {
            json.beginObject()
            json.string("kind", lock.kind.rawValue)
            json.address("object", lock.object.rawValue)
            json.address("site", lock.site?.rawValue)
            json.string("place", lock.site.map { words.place($0, isReturnAddress: true) })
            json.end()
        }
        json.end()
        json.integer("heldLocksDropped", thread.heldLocksDropped)
    }

    private func write(_ object: RegisteredObject, _ words: RegistryWords, _ json: inout JSONWriter) {
        json.beginObject()
        json.address("address", object.address.rawValue)
        json.string("kind", object.kind.rawValue)
        json.string("name", object.name)
        json.boolean("shared", object.isShared)
        json.boolean("engineWakes", object.engineWakes)
        json.boolean("initialisationSeen", object.initialisationSeen)
        words.stack("initialisationStack", object.initialisationStack, &json)
        json.integer("since", object.since)
        json.integer("waiting", object.waiting)
        json.integer("waits", object.waits)
        json.integer("timeouts", object.timeouts)
        json.integer("signals", object.signals)
        json.integer("broadcasts", object.broadcasts)
        json.integer("unheard", object.unheard)
        json.boolean("lowerBound", true)
        json.integer("lastSignal", object.lastSignal)
        json.integer("lastSignaller", object.lastSignaller?.rawValue)
        json.integer("owner", object.owner?.rawValue)
        words.stack("acquisitionStack", object.acquisitionStack, &json)
        json.key("sites")
        json.beginArray()
        for site in object.sites {
            json.beginObject()
            words.stack("stack", site.stack, &json)
            json.string("startRoutine", site.startRoutine.map { words.place($0, isReturnAddress: false) })
            json.end()
        }
        json.end()
        json.integer("sitesRecorded", object.sitesRecorded)
        json.end()
    }
}

extension RegistryWords {
    /// A member with the frames of a recorded stack, innermost first; null without one.
    func stack(_ name: StaticString, _ index: Int?, _ json: inout JSONWriter) {
        json.key(name)
        guard let stack = record.stack(index) else {
            json.null()
            return
        }
        json.beginArray()
        for address in stack.addresses {
            let frame = record.frame(at: address, isReturnAddress: true)
            let sources = frame.flatMap { $0.source.isEmpty ? nil : $0.source } ?? [SourceFrame(function: nil)]
            for source in sources {
                json.beginObject()
                json.address("pc", address.rawValue)
                json.string("function", source.function)
                json.string("file", source.file)
                json.integer("line", source.line)
                json.string("module", modulePath(address))
                json.boolean("inlined", source.isInlined)
                json.end()
            }
        }
        json.end()
    }
}
