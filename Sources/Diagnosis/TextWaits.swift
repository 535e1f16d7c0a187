import ProcessModel

/// Waits of a process that a text tells of, by its names and arguments alone: which frames only hand the object on, and
/// whether the thread waits in what it was started with.
struct TextWaits {
    private let index: SnapshotIndex
    /// By stack and object: a wait, as it stands on the stack.
    private var known: [Key: Standing] = [:]

    private struct Key: Hashable {
        var stack: Int
        var object: SyncObjectID?
    }

    struct Standing {
        /// Frames of the program's own that say what it waits for, innermost first, by their places on the stack: those
        /// that hand the object on left out.
        var frames: [Int]
        /// It ends where a thread begins: neither in main nor in the middle.
        var isStarted: Bool
    }

    init(_ index: SnapshotIndex) {
        self.index = index
        for thread in index.snapshot.threads {
            guard let stack = thread.stack, index.snapshot.stacks.indices.contains(stack) else { continue }
            let key = Key(stack: stack, object: thread.wait?.object)
            if known[key] == nil { known[key] = standing(stack, thread.wait?.object) }
        }
    }

    func standing(of thread: Thread) -> Standing? {
        thread.stack.flatMap { known[Key(stack: $0, object: thread.wait?.object)] }
    }

    private func standing(_ stack: Int, _ object: SyncObjectID?) -> Standing {
        let snapshot = index.snapshot
        let numbers = snapshot.stacks[stack].frames.filter { snapshot.frames.indices.contains($0) }
        var own = numbers.indices.filter { !index.focus.isRuntime(frame: numbers[$0]) }
        if let object {
            // A wrapper is handed the object, or what holds it, by its caller: of several in a row the outermost.
            while own.count > 1, Self.mentions(snapshot.frames[numbers[own[0]]], Self.handed(snapshot, numbers, object))
            {
                own.removeFirst()
            }
        }
        let names = numbers.compactMap { snapshot.frames[$0].source.last?.function }
        let isStarted = names.last.map { name in
            ["clone", "__clone", "clone3", "__clone3", "start_thread", "thread_start"].contains { name.hasPrefix($0) }
        }
        return Standing(frames: Array(own), isStarted: isStarted == true)
    }

    /// Pointers by which the innermost frames call the object: its own address, and that of a structure that begins close
    /// before it.
    private static func handed(_ snapshot: Snapshot, _ numbers: [Int], _ object: SyncObjectID) -> Set<UInt64> {
        var found: Set<UInt64> = [object.rawValue.rawValue]
        for number in numbers.prefix(8) {
            for value in values(snapshot.frames[number])
            where value <= object.rawValue.rawValue && object.rawValue.rawValue - value < 256 { found.insert(value) }
        }
        return found
    }

    static func mentions(_ frame: Frame, _ values: Set<UInt64>) -> Bool {
        Self.values(frame).contains { values.contains($0) }
    }

    /// Pointers among a frame's arguments.
    static func values(_ frame: Frame) -> [UInt64] {
        frame.source.flatMap(\.parameters).compactMap { parameter in
            guard let value = parameter.value, let x = value.firstIndex(of: "x") else { return nil }
            let digits = value[value.index(after: x)...].prefix { $0.isHexDigit }
            guard let pointer = UInt64(digits, radix: 16), pointer >= 4096 else { return nil }
            return pointer
        }
    }

    /// What each stack waits in, wrappers left behind.
    func places() -> [Int: FramePlace] {
        var places: [Int: FramePlace] = [:]
        for thread in index.snapshot.threads {
            guard let stack = thread.stack, places[stack] == nil, thread.wait?.object != nil,
                let first = standing(of: thread)?.frames.first
            else { continue }
            let frame = index.snapshot.frames[index.snapshot.stacks[stack].frames[first]]
            if let source = frame.source.last { places[stack] = FramePlace(frame: first, source: source) }
        }
        return places
    }
}
