import ProcessModel

/// The errors that functions on a stuck thread's stack hold: why it came to where it waits.
struct ErrorsUnderWay {
    let index: SnapshotIndex

    /// So many are told of a thread; the outermost say what the application was about.
    private static let most = 4

    /// As sentences, the outermost function first. Empty where no error was found, or none was looked for.
    func evidence(of id: ThreadID) -> [Evidence] {
        guard let thread = index.thread(id), let stack = thread.stack,
            index.snapshot.stacks.indices.contains(stack)
        else { return [] }
        let frames = index.snapshot.stacks[stack].frames
        let errors = (index.snapshot.errors ?? []).filter { error in
            guard error.thread == id, frames.indices.contains(error.frame),
                !index.focus.isRuntime(frame: frames[error.frame])
            else { return false }
            // Who waits for a time and looks again has this in hand at each turn.
            return thread.wait?.isTimed == false || error.value.magnitude != 110
        }
        let ordered = errors.sorted { ($0.frame, $0.depth) > ($1.frame, $1.depth) }
        return ordered.prefix(Self.most).compactMap { error in
            let sources = index.snapshot.frames[frames[error.frame]].source
            guard sources.indices.contains(error.depth) else { return nil }
            let place = FramePlace(frame: error.frame, source: sources[error.depth])
            return Evidence(
                "\(error.name) is \(Self.words(error.value)) in \(place.words).", thread: id, frame: error.frame)
        }
    }

    /// "12 (ENOMEM)", "-31802".
    private static func words(_ value: Int64) -> String {
        // 1 is what many functions return for any failure.
        guard value.magnitude > 1, let code = Int32(exactly: value.magnitude) else { return "\(value)" }
        let name = RegistryWords.error(code)
        return name.hasPrefix("E") ? "\(value) (\(name))" : "\(value)"
    }
}
