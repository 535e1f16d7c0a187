public import ProcessModel

/// Says what each blocked thread of an image waits for, and reads the objects that are waited on.
///
/// Three things must agree before a field of a library's object is believed: the innermost function name that means a
/// primitive, the arguments of the system call, and the object's own bytes. Where they do not, the wait keeps what is
/// certain (the call, the name's kind) and the object has an unknown layout. No name alone, and no bytes alone, make an
/// owner.
///
/// `decodeAll` is the whole; `decode` serves a single thread and leaves out what only another thread's stack tells (who
/// runs a once initializer). Not Sendable: it reads through the image's memory source.
public struct SyncDecoder {
    let memory: any MemorySource
    let mappings: [Mapping]
    let process: ProcessInfo
    let threads: Set<ThreadID>
    /// The capture's ids by those that the target itself uses, where it numbers its threads in another pid namespace.
    let translation: [UInt32: ThreadID]?
    let libc: LibcIdentity
    let kernel: (any KernelObjects)?
    let dataSymbol: (Address) -> String?
    var search: PrimitiveSearch
    private var table: [SyncObjectID: SyncObject] = [:]
    /// What could not be decided about objects, each once.
    public private(set) var gaps: [Gap] = []
    private var gapObjects: Set<SyncObjectID> = []

    /// `descriptors` is nil for a core: waits on the kernel then have numbers only. `dataSymbol` names the variable at
    /// or around an address ("g_lock", "g_table+0x40"); it is asked once for each object.
    public init(image: ProcessImage, descriptors: (any KernelObjects)?, dataSymbol: @escaping (Address) -> String?) {
        memory = image.memory
        mappings = image.mappings
        process = image.process
        threads = Set(image.threads.map(\.thread.id))
        let pairs = image.threads.compactMap { image in
            image.namespaceID.map { (UInt32(bitPattern: $0.rawValue), image.thread.id) }
        }
        translation = pairs.isEmpty ? nil : Dictionary(pairs, uniquingKeysWith: { first, _ in first })
        libc = LibcIdentity(modules: image.modules, memory: image.memory)
        search = PrimitiveSearch(hidden: HiddenFunctions(modules: image.modules, memory: image.memory))
        kernel = descriptors
        self.dataSymbol = dataSymbol
    }

    /// The objects of all waits decoded so far, by id.
    public var objects: [SyncObject] { table.keys.sorted().compactMap { table[$0] } }

    /// What one thread waits for; nil when it is not blocked or nothing at all is known.
    ///
    /// `stack` is innermost first and may be cut short after the library's frames.
    public mutating func decode(thread: Thread, stack: [SyncFrame]) -> Wait? {
        guard process.architecture == .amd64 else { return nil }
        switch thread.state {
        case .running, .zombie, .dead, .stopped, .tracingStop: if thread.systemCall == nil { return nil }
        default: break
        }
        guard let call = thread.systemCall, call.number >= 0 else { return waitOutsideCall(thread) }
        let found = search.find(stack)
        if let futex = FutexCall(call) { return decode(futex, found, thread) }
        if call.number == SystemCallNumber.restartSyscall {
            if let restarted = RestartedCall(stack) {
                return kernelWait(restarted.systemCall(call), thread: thread)
            }
            if let futex = FutexCall(restarted: call) { return decode(futex, found, thread) }
        }
        return kernelWait(call, thread: thread)
    }

    /// What all threads wait for, in order, with the owners that only another thread's stack tells.
    ///
    /// `stackPointer` tells the stack pointer of a thread's frame, by their indexes, where the frames themselves do not
    /// have it: threads with equal stacks can then share one array of frames.
    public mutating func decodeAll(
        _ inputs: [(thread: Thread, stack: [SyncFrame])],
        stackPointer: ((_ input: Int, _ frame: Int) -> Address?)? = nil
    ) -> [Wait?] {
        var waits = inputs.map { decode(thread: $0.thread, stack: $0.stack) }
        findInitializers(inputs, stackPointer ?? { inputs[$0].stack[$1].stackPointer }, &waits)
        return waits
    }

    // MARK: Objects

    /// The object of that address as decoded before.
    func known(_ address: Address) -> SyncObject? { table[SyncObjectID(address)] }

    /// The object's id when it needs no decoding any more: one with a believed layout replaces one without, no other.
    func kept(_ address: Address, _ layout: SyncObject.LayoutProof) -> SyncObjectID? {
        guard let old = table[SyncObjectID(address)]?.layout, old != .unknown || layout == .unknown else { return nil }
        return SyncObjectID(address)
    }

    /// Keeps an object, unless it is kept already.
    mutating func keep(_ object: SyncObject) -> SyncObjectID {
        if let id = kept(object.id.rawValue, object.layout) { return id }
        var object = object
        object.symbol = dataSymbol(object.id.rawValue)
        table[object.id] = object
        return object.id
    }

    mutating func update(_ id: SyncObjectID, _ change: (inout SyncObject) -> Void) {
        guard var object = table[id] else { return }
        change(&object)
        table[id] = object
    }

    /// Notes once why an object's fields were not read.
    mutating func noteGap(_ id: SyncObjectID, reason: String, help: String? = nil) {
        guard gapObjects.insert(id).inserted else { return }
        gaps.append(Gap(.object(id), operation: "read the fields of the object", reason: reason, help: help))
    }

    // MARK: Facts that checks use

    func isThread(_ id: UInt32) -> Bool {
        if let translation { return translation[id] != nil }
        guard let id = Int32(exactly: id), id > 0 else { return false }
        return threads.contains(ThreadID(id))
    }

    /// The kernel's ids are 1 to 4,194,304 (PID_MAX_LIMIT of linux/threads.h).
    func canBeThread(_ id: UInt32) -> Bool { (1...4_194_304).contains(id) }

    /// The thread as an owner, by its number in the target's numbering.
    ///
    /// Where that is not the capture's, nil for a number that no captured thread has: it may be a thread of another
    /// process, and it would pass for one of ours.
    func owner(_ id: UInt32) -> ThreadID? {
        if let translation { return translation[id] }
        guard canBeThread(id), process.sharesPIDNamespace != false else { return nil }
        return ThreadID(Int32(id))
    }

    /// How a layout whose place never moved is believed: by a probe, else by the table, else not.
    func proof(probed: Bool) -> SyncObject.LayoutProof? {
        if probed { return .probed }
        return libc.isInTable ? .table : nil
    }
}
