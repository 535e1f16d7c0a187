import ProcessModel

/// A snapshot laid by hand, thread by thread, for tests of rules and reports.
public struct SnapshotSketch {
    public private(set) var snapshot: Snapshot

    /// Modules 0 (the program) and 1 (libc) are always there.
    public init(pid: Int32 = 100, source: ProcessInfo.Source = .live) {
        snapshot = Snapshot(
            process: ProcessInfo(
                id: ProcessID(pid), executable: "/opt/bank/bin/bank", source: source, sharesPIDNamespace: true),
            modules: [
                Module(
                    path: "/opt/bank/bin/bank", start: Address(0x40_0000), end: Address(0x50_0000), loadBias: 0,
                    buildID: BuildID("00112233445566778899aabbccddeeff00112233"),
                    content: .file(path: "/opt/bank/bin/bank"), isExecutable: true),
                Module(
                    path: "/lib/x86_64-linux-gnu/libc.so.6", start: Address(0x7f00_0000_0000),
                    end: Address(0x7f00_0020_0000), loadBias: 0x7f00_0000_0000,
                    content: .file(path: "/lib/x86_64-linux-gnu/libc.so.6")),
            ])
    }

    /// Adds a mutex; `owner` 0 leaves it without owner.
    public mutating func mutex(
        _ symbol: String?, at address: UInt64, owner: Int32, flavor: String? = nil,
        layout: SyncObject.LayoutProof = .probed
    ) {
        object(
            SyncObject(
                id: SyncObjectID(Address(address)), type: "pthread_mutex_t", flavor: flavor, symbol: symbol,
                owners: owner == 0 ? [] : [ThreadID(owner)],
                fields: [
                    SyncObject.Field(name: "__lock", value: "2"),
                    SyncObject.Field(name: "__owner", value: "\(owner)"),
                ], layout: layout))
    }

    public mutating func object(_ object: SyncObject) {
        snapshot.objects.append(object)
        snapshot.objects.sort { $0.id < $1.id }
    }

    public mutating func gap(_ subject: Gap.Subject, _ operation: String, _ reason: String, help: String? = nil) {
        snapshot.gaps.append(Gap(subject, operation: operation, reason: reason, help: help))
    }

    /// Adds a thread that was not running from `start` to `end`. Its stack is the function that waits, called by
    /// `functions`, innermost first, each "name file:line" or a name alone.
    public mutating func thread(
        _ id: Int32, _ name: String? = nil, state: ThreadState = .sleeping, wait: Wait? = nil,
        functions: [String] = [], start: UInt64 = 1_000, end: UInt64 = 2_000,
        proof: Instant.Proof = .runCountUnchanged, progress: Progress? = nil
    ) {
        let stack = functions.isEmpty ? nil : self.stack(functions)
        snapshot.threads.append(
            Thread(
                id: ThreadID(id), name: name, state: state, instant: Instant(start: start, end: end, proof: proof),
                stack: stack, wait: wait, progress: progress))
        snapshot.threads.sort { $0.id < $1.id }
    }

    /// Changes what was laid before.
    public mutating func edit(_ body: (inout Snapshot) -> Void) { body(&snapshot) }

    /// The index of a stack with these functions, made when it is new. A name with a leading "libc:" lies in libc.
    public mutating func stack(_ functions: [String], end: StackEnd = .complete) -> Int {
        var frames: [Int] = []
        for (depth, text) in functions.enumerated() {
            let inLibc = text.hasPrefix("libc:")
            let parts = text.dropFirst(inLibc ? 5 : 0).split(separator: " ")
            let place = parts.count > 1 ? parts[1].split(separator: ":") : []
            // Addresses differ by name and not by use, so that equal calls make equal frames.
            let offset = parts[0].utf8.reduce(0 as UInt64) { ($0 &* 31 &+ UInt64($1)) % 0xFFFF } * 16
            let frame = Frame(
                pc: Address((inLibc ? 0x7f00_0000_0000 : 0x40_0000) + offset), isReturnAddress: depth > 0,
                trust: depth == 0 ? .context : .cfi, module: inLibc ? 1 : 0, symbolOffset: 0x10,
                source: [
                    SourceFrame(
                        function: String(parts[0]), file: place.first.map(String.init),
                        line: place.count > 1 ? Int(place[1]) : nil)
                ])
            if let known = snapshot.frames.firstIndex(of: frame) {
                frames.append(known)
            } else {
                frames.append(snapshot.frames.count)
                snapshot.frames.append(frame)
            }
        }
        let stack = Stack(frames: frames, end: end)
        if let known = snapshot.stacks.firstIndex(of: stack) { return known }
        snapshot.stacks.append(stack)
        return snapshot.stacks.count - 1
    }
}

extension Wait {
    /// A wait for a mutex as libc's fields show it.
    public static func mutex(at address: UInt64, owner: Int32?, isTimed: Bool? = false) -> Wait {
        Wait(
            kind: .mutex, object: SyncObjectID(Address(address)), owner: owner.map { ThreadID($0) }, isTimed: isTimed,
            summary: "futex \(Address(address)) (WAIT, private, value 2)", sources: [.runtimeFields, .symbol])
    }

    /// A wait for a thread's end: the futex value is the joined thread's id.
    public static func join(_ target: Int32, isTimed: Bool = false) -> Wait {
        Wait(
            kind: .join, owner: ThreadID(target), isTimed: isTimed, summary: "join of thread \(target)",
            sources: [.procfs])
    }

    /// Any wait of which only its kind and a few words are known.
    /// `file` is what descriptor 3 leads to.
    public static func other(
        _ kind: WaitKind, _ summary: String, object: UInt64? = nil, isTimed: Bool? = false, file: String? = nil
    ) -> Wait {
        Wait(
            kind: kind, object: object.map { SyncObjectID(Address($0)) }, isTimed: isTimed,
            descriptors: file.map { [FileDescriptorTarget(descriptor: 3, target: $0)] } ?? [], summary: summary,
            sources: [.procfs])
    }
}
