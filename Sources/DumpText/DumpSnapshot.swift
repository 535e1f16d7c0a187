import ProcessModel
import SyncDecode

/// A snapshot of what a dump says. Facts that the text does not hold stay unknown.
struct DumpSnapshot {
    private(set) var snapshot: Snapshot
    private var frames: [Frame: Int] = [:]
    private var stacks: [Stack: Int] = [:]
    private var objects: [SyncObjectID: SyncObject] = [:]
    private var modules: [String: Int] = [:]
    private let dump: ParsedDump

    init(_ dump: ParsedDump) {
        self.dump = dump
        snapshot = Snapshot(
            process: ProcessInfo(
                id: dump.process.map { ProcessID($0) }, executable: dump.executable, source: .text))
        snapshot.timing.mode = "text"
        listModules()
        let ids = Self.ids(dump.threads)
        for (thread, id) in zip(dump.threads, ids) { add(thread, id) }
        snapshot.threads.sort { $0.id < $1.id }
        addObjects()
        snapshot.objects = objects.values.sorted { $0.id < $1.id }
        noteGaps()
    }

    /// Kernel ids where the text has them; else the debugger's numbers, which are small.
    private static func ids(_ threads: [ParsedThread]) -> [ThreadID] {
        var taken = Set(threads.compactMap(\.lwp))
        var used: Set<Int32> = []
        var next: Int32 = 1
        return threads.map { thread in
            if let lwp = thread.lwp, used.insert(lwp).inserted { return ThreadID(lwp) }
            if let number = thread.number.flatMap({ Int32(exactly: $0) }), taken.insert(number).inserted {
                used.insert(number)
                return ThreadID(number)
            }
            while taken.contains(next) { next += 1 }
            taken.insert(next)
            used.insert(next)
            return ThreadID(next)
        }
    }

    /// By name; where they lie is not in the text.
    private mutating func listModules() {
        var names: Set<String> = []
        for thread in dump.threads {
            for frame in thread.frames { if let module = frame.module { names.insert(module) } }
        }
        for name in names.sorted() {
            modules[name] = snapshot.modules.count
            snapshot.modules.append(
                Module(
                    path: name, start: Address(0), end: Address(0), loadBias: 0,
                    content: .unavailable(reason: "the text has its name alone"),
                    isExecutable: name == dump.executable))
        }
    }

    private mutating func add(_ parsed: ParsedThread, _ id: ThreadID) {
        let groups = Self.physical(parsed.frames)
        var numbers: [Int] = []
        for (position, group) in groups.enumerated() {
            let frame = self.frame(group, position)
            let number = frames[frame] ?? snapshot.frames.count
            if frames[frame] == nil {
                frames[frame] = number
                snapshot.frames.append(frame)
            }
            numbers.append(number)
        }
        var thread = Thread(
            id: id, name: parsed.name ?? parsed.number.map { "thread \($0)" }, state: .unknown,
            instant: Instant(start: 0, end: 0, proof: .text))
        if !numbers.isEmpty {
            let stack = Stack(frames: numbers, end: Self.end(parsed))
            thread.stack = stacks[stack] ?? snapshot.stacks.count
            if stacks[stack] == nil {
                stacks[stack] = snapshot.stacks.count
                snapshot.stacks.append(stack)
            }
        }
        let wait = DumpWait(parsed.frames)
        thread.wait = wait.wait
        if wait.wait != nil { thread.state = .sleeping }
        if let object = wait.object, objects[object.id] == nil { objects[object.id] = object }
        snapshot.threads.append(thread)
        if parsed.frames.isEmpty {
            snapshot.gaps.append(
                Gap(
                    .thread(id), operation: "read its stack", reason: "the text names the thread and has no frame of it"
                ))
        }
    }

    /// Debuggers write inlined functions as frames of their own. Those that say so belong to the next one out; gdb says it
    /// by the address, which it leaves out of the functions that the one before was put into.
    private static func physical(_ parsed: [ParsedFrame]) -> [[ParsedFrame]] {
        let hasAddresses = parsed.dropFirst().contains { $0.address != nil }
        var groups: [[ParsedFrame]] = []
        var open: [ParsedFrame] = []
        for (index, frame) in parsed.enumerated() {
            open.append(frame)
            let next = index + 1 < parsed.count ? parsed[index + 1] : nil
            let isInNext =
                hasAddresses && next.map { $0.address == nil && !$0.isSignalFrame && $0.function != nil } == true
                && !frame.isSignalFrame
            // eu-stack -i writes the address of the physical frame at each.
            let isAtNext =
                frame.address != nil && next?.address == frame.address && next?.function != frame.function
                && frame.function != nil
            if frame.isInlined || isInNext || isAtNext { continue }
            groups.append(open)
            open = []
        }
        if !open.isEmpty { groups.append(open) }
        return groups
    }

    private func frame(_ group: [ParsedFrame], _ position: Int) -> Frame {
        let outer = group.last ?? ParsedFrame()
        return Frame(
            pc: group.lazy.compactMap(\.address).first.map { Address($0) },
            isReturnAddress: position > 0 && !outer.isSignalFrame, trust: .text,
            isSignalFrame: outer.isSignalFrame, module: outer.module.flatMap { modules[$0] },
            symbolOffset: outer.offset,
            source: group.contains { $0.function != nil || $0.file != nil }
                ? group.enumerated().map { index, frame in
                    SourceFrame(
                        function: frame.function, file: frame.file, line: frame.line, column: frame.column,
                        isInlined: index + 1 < group.count, parameters: frame.arguments)
                } : [])
    }

    private static let outermost: Set<String> = [
        "clone", "__clone", "clone3", "__clone3", "_start", "__libc_start_main", "__libc_start_main_impl", "main",
        "__libc_start_call_main", "thread_start", "_dispatch_worker_thread", "start_thread",
    ]

    private static func end(_ thread: ParsedThread) -> StackEnd {
        if let failure = thread.failure { return .failed(reason: failure) }
        if thread.hasMore { return .limit }
        let last = thread.frames.last { $0.function != nil }
        if let name = last?.function, outermost.contains(name.prefix { $0 != "@" }.description) { return .complete }
        return .failed(reason: "the text ends there")
    }

    // MARK: Objects

    private mutating func addObjects() {
        for printed in dump.objects {
            guard let owner = printed.fields.first(where: { $0.name == "__owner" }).flatMap({ Int32($0.value) }) else {
                continue
            }
            // A structure that was printed without its address cannot be told to be the one that somebody waits for.
            // A symbol that two waiters show at different addresses does not say which of them it is.
            let called = objects.values.filter { $0.symbol != nil && $0.symbol == printed.name }
            let named = called.count == 1 ? called[0].id.rawValue.rawValue : nil
            guard let address = printed.address ?? named else {
                snapshot.gaps.append(
                    Gap(
                        .process, operation: "tell which lock a printed structure is",
                        reason: "the text shows a lock with the owner \(owner) and not where it lies",
                        help: "Print its address, too: `p &LOCK`."))
                continue
            }
            let id = SyncObjectID(Address(address))
            var object = objects[id] ?? SyncObject(id: id, type: "pthread_mutex_t", layout: .table)
            object.owners = owner > 0 ? [ThreadID(owner)] : []
            object.fields = printed.fields
            object.symbol = object.symbol ?? printed.name
            object.layout = .table
            objects[id] = object
        }
    }

    // MARK: Gaps

    private mutating func noteGaps() {
        for complaint in dump.complaints {
            snapshot.gaps.append(Gap(.process, operation: "read the process", reason: "the tool says: \(complaint)"))
        }
        if dump.threads.count == 1, dump.threads[0].lwp == nil {
            snapshot.gaps.append(
                Gap(
                    .process, operation: "list the threads",
                    reason: "the text has the stack of one thread, and does not say that there are no others",
                    help: "Use `thread apply all bt`."))
        }
    }
}
