import Diagnosis
import ProcessModel

/// What the JSON reports share: process, threads with their frames, gaps, timing.
struct JSONParts {
    let index: SnapshotIndex
    let wording: Wording
    /// The finished `frames` array of each stack that several threads share.
    private var stacks: [[UInt8]?]
    private var uses: [Int]
    private var frames: [[UInt8]?]
    private let moduleNames: [String]
    private let registry: RegistryLookup?

    init(_ index: SnapshotIndex) {
        self.index = index
        wording = Wording(index)
        stacks = Array(repeating: nil, count: index.snapshot.stacks.count)
        frames = Array(repeating: nil, count: index.snapshot.frames.count)
        uses = Array(repeating: 0, count: index.snapshot.stacks.count)
        moduleNames = index.snapshot.modules.map(\.path)
        registry = RegistryLookup(index.snapshot)
        for thread in index.snapshot.threads {
            if let stack = thread.stack, uses.indices.contains(stack) { uses[stack] += 1 }
        }
    }

    /// `source` is "snapshot" when the snapshot was loaded from a file that was saved before.
    func process(isSaved: Bool, to json: inout JSONWriter) {
        let process = index.snapshot.process
        json.key("process")
        json.beginObject()
        json.integer("pid", process.id?.rawValue)
        json.string("executable", process.executable)
        json.string("buildID", process.buildID?.description)
        json.string("source", isSaved ? "snapshot" : process.source.rawValue)
        json.end()
    }

    mutating func thread(_ thread: Thread, verdict: ThreadVerdict?, to json: inout JSONWriter) {
        json.beginObject(lines: true)
        json.integer("tid", thread.id.rawValue)
        json.string("name", thread.name)
        let registered = registry.flatMap { $0[thread.id] }
        json.string("role", registered?.role)
        json.string(
            "startRoutine",
            index.focus.startRoutine(of: thread) ?? registered.flatMap { registry?.words.startRoutine($0) })
        json.string("state", thread.state.words)
        json.string("progress", thread.progress?.rawValue)
        if let verdict {
            json.string("verdict", verdict.verdict.rawValue)
            json.string("reason", verdict.reason)
        }
        json.key("waitsOn")
        if let wait = thread.wait { waitsOn(wait, registered?.currentWait, to: &json) } else { json.null() }
        if let registered { self.registered(registered, to: &json) }
        json.key("frames")
        frames(thread, to: &json)
        json.key("stackEnd")
        end(thread, to: &json)
        json.end()
    }

    /// What only the registry knows of a thread.
    private func registered(_ thread: RegisteredThread, to json: inout JSONWriter) {
        json.key("registered")
        json.beginObject()
        json.integer("serial", thread.serial)
        json.integer("creator", thread.creator?.rawValue)
        json.integer("created", thread.created)
        json.string("state", thread.state.rawValue)
        json.integer("waits", thread.waits)
        json.string("idleReason", thread.currentWait?.idleReason)
        registry?.words.stack("creationStack", thread.creationStack, &json)
        json.end()
    }

    private func waitsOn(_ wait: Wait, _ registered: RegisteredWait?, to json: inout JSONWriter) {
        let object = wait.object.flatMap { index.object($0) }
        json.beginObject()
        json.string("kind", wait.kind.rawValue)
        json.address("address", wait.object?.rawValue.rawValue)
        json.string("name", object?.symbol)
        json.integer("since", registered?.since)
        json.integer("timeouts", registered?.timeoutsInARow)
        json.string("type", object?.type)
        json.integer("owner", wait.owner?.rawValue)
        json.boolean("timed", wait.isTimed)
        json.string("summary", wait.summary)
        json.end()
    }

    private func end(_ thread: Thread, to json: inout JSONWriter) {
        guard let stack = thread.stack, index.snapshot.stacks.indices.contains(stack) else {
            json.string("none")
            return
        }
        switch index.snapshot.stacks[stack].end {
        case .complete: json.string("complete")
        case .limit: json.string("limit")
        case .failed(let reason): json.string("failed: " + reason)
        }
    }

    private mutating func frames(_ thread: Thread, to json: inout JSONWriter) {
        guard let stack = thread.stack, index.snapshot.stacks.indices.contains(stack) else {
            json.beginArray()
            json.end()
            return
        }
        if let done = stacks[stack] {
            json.rendered(done)
            return
        }
        var output = ByteWriter()
        output.append(0x5B)
        var isFirst = true
        for frame in index.snapshot.stacks[stack].frames where frames.indices.contains(frame) {
            if !isFirst { output.append(0x2C) }
            isFirst = false
            if let done = frames[frame] {
                output.append(rendered: done)
            } else {
                let done = render(index.snapshot.frames[frame])
                frames[frame] = done
                output.append(rendered: done)
            }
        }
        output.append(0x5D)
        if uses[stack] > 1 { stacks[stack] = output.bytes }
        json.rendered(output.bytes)
    }

    /// One JSON object for each function of a physical frame, innermost first, each on a line of its own.
    private func render(_ frame: Frame) -> [UInt8] {
        var json = JSONWriter(ByteWriter())
        let sources = frame.source.isEmpty ? [SourceFrame(function: nil)] : frame.source
        for (position, source) in sources.enumerated() {
            if position > 0 { json.output.append(0x2C) }
            json.output.newline()
            json.output.spaces(6)
            json.beginObject()
            json.address("pc", frame.pc?.rawValue)
            json.string("function", source.function)
            json.string("file", source.file)
            json.integer("line", source.line)
            let module = frame.module.flatMap { moduleNames.indices.contains($0) ? moduleNames[$0] : nil }
            json.string("module", module)
            json.boolean("inlined", source.isInlined)
            json.string("trust", frame.trust.rawValue)
            if let column = source.column { json.integer("column", column) }
            if frame.isSignalFrame { json.boolean("signalFrame", true) }
            if !source.parameters.isEmpty { parameters(source.parameters, to: &json) }
            json.end()
        }
        return json.output.bytes
    }

    private func parameters(_ parameters: [Parameter], to json: inout JSONWriter) {
        json.key("parameters")
        json.beginArray()
        for parameter in parameters {
            json.beginObject()
            json.string("name", parameter.name)
            json.string("location", parameter.location)
            json.string("value", parameter.value)
            json.end()
        }
        json.end()
    }

    /// The signal that ended the process; nothing where none did.
    func crash(to json: inout JSONWriter) {
        guard let crash = index.snapshot.crash else { return }
        json.key("crash")
        json.beginObject()
        json.integer("signal", crash.signal)
        json.integer("code", crash.code)
        json.address("faultAddress", crash.faultAddress?.rawValue)
        json.integer("sender", crash.sender?.rawValue)
        json.integer("tid", crash.thread?.rawValue)
        json.end()
    }

    /// Those of the snapshot and of its registry.
    func gaps(to json: inout JSONWriter) {
        gaps(index.snapshot.gaps + (index.snapshot.registry?.gaps ?? []), to: &json)
    }

    func gaps(_ gaps: [Gap], to json: inout JSONWriter) {
        json.key("gaps")
        json.beginArray(lines: true)
        for gap in gaps {
            json.beginObject()
            json.key("subject")
            subject(gap.subject, to: &json)
            json.string("operation", gap.operation)
            json.string("reason", gap.reason)
            json.string("help", gap.help)
            json.end()
        }
        json.end()
    }

    private func subject(_ subject: Gap.Subject, to json: inout JSONWriter) {
        json.beginObject()
        switch subject {
        case .process: json.string("kind", "process")
        case .thread(let id):
            json.string("kind", "thread")
            json.integer("tid", id.rawValue)
        case .module(let name):
            json.string("kind", "module")
            json.string("name", name)
        case .memory(let address):
            json.string("kind", "memory")
            json.address("address", address.rawValue)
        case .object(let id):
            json.string("kind", "object")
            json.address("address", id.rawValue.rawValue)
        case .file(let path):
            json.string("kind", "file")
            json.string("path", path)
        }
        json.end()
    }

    func timing(to json: inout JSONWriter) {
        let timing = index.snapshot.timing
        json.key("timing")
        json.beginObject()
        json.integer("pauseMicroseconds", timing.longestStopNanoseconds / 1_000)
        json.integer(
            "totalMilliseconds", timing.steps.reduce(0 as UInt64) { $0 &+ $1.nanoseconds } / 1_000_000)
        json.integer("stoppedThreads", timing.stoppedThreads)
        json.string("mode", timing.mode)
        json.end()
    }
}
