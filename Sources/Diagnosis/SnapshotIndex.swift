import ProcessModel

/// A snapshot with its look-ups: what rules and reports ask for again and again.
public struct SnapshotIndex: Sendable {
    /// What is indexed.
    public let snapshot: Snapshot
    public internal(set) var focus: FrameFocus
    private let threadPositions: [ThreadID: Int]
    private let objectPositions: [SyncObjectID: Int]
    private let threadGaps: [ThreadID: [Int]]
    private let objectGaps: [SyncObjectID: [Int]]
    private let objectNames: [Address: String]
    private let repeatedNames: Set<String>
    let readers: RecordedReaders
    /// Gaps about the process as a whole, such as an incomplete list of threads.
    public let processGaps: [Gap]

    public init(_ snapshot: Snapshot) {
        self.snapshot = snapshot
        focus = FrameFocus(snapshot)
        var threads: [ThreadID: Int] = [:]
        threads.reserveCapacity(snapshot.threads.count)
        for (position, thread) in snapshot.threads.enumerated() where threads[thread.id] == nil {
            threads[thread.id] = position
        }
        var objects: [SyncObjectID: Int] = [:]
        objects.reserveCapacity(snapshot.objects.count)
        for (position, object) in snapshot.objects.enumerated() where objects[object.id] == nil {
            objects[object.id] = position
        }
        var threadGaps: [ThreadID: [Int]] = [:]
        var objectGaps: [SyncObjectID: [Int]] = [:]
        var processGaps: [Gap] = []
        for (position, gap) in snapshot.gaps.enumerated() {
            switch gap.subject {
            case .thread(let id): threadGaps[id, default: []].append(position)
            case .object(let id): objectGaps[id, default: []].append(position)
            case .process: processGaps.append(gap)
            case .module, .memory, .file: break
            }
        }
        var names: [Address: String] = [:]
        // A lock and a condition may have the same name: the noun tells them apart.
        var once: [String: Address] = [:]
        var repeated: Set<String> = []
        for object in snapshot.registry?.objects ?? [] {
            guard let name = object.name, !name.isEmpty else { continue }
            names[object.address] = name
            let known = once.updateValue(object.address, forKey: object.kind.noun + name)
            if let known, known != object.address { repeated.insert(name) }
        }
        readers = RecordedReaders(snapshot)
        repeatedNames = repeated
        objectNames = names
        threadPositions = threads
        objectPositions = objects
        self.threadGaps = threadGaps
        self.objectGaps = objectGaps
        self.processGaps = processGaps
    }

    /// The position of a thread among the snapshot's threads; nil when it is not a thread of the process.
    public func position(of id: ThreadID) -> Int? { threadPositions[id] }
    /// Nil when the snapshot has no such thread.
    public func thread(_ id: ThreadID) -> Thread? { threadPositions[id].map { snapshot.threads[$0] } }
    /// Nil when nothing is known of the object.
    public func object(_ id: SyncObjectID) -> SyncObject? { objectPositions[id].map { snapshot.objects[$0] } }
    /// What the engine calls an object; nil where it has no name of its own.
    public func name(of id: SyncObjectID) -> String? { objectNames[id.rawValue] }
    /// Whether several objects have this name, so that it tells them apart only with their address.
    func isRepeated(_ name: String) -> Bool { repeatedNames.contains(name) }
    /// The threads that wait for a condition, in the order of the snapshot.
    func waiters(for condition: SyncObjectID) -> [ThreadID] {
        snapshot.threads.filter { $0.wait?.kind == .condition && $0.wait?.object == condition }.map(\.id)
    }
    /// In the order of the snapshot.
    public func gaps(about id: ThreadID) -> [Gap] { (threadGaps[id] ?? []).map { snapshot.gaps[$0] } }
    /// In the order of the snapshot.
    public func gaps(about id: SyncObjectID) -> [Gap] { (objectGaps[id] ?? []).map { snapshot.gaps[$0] } }
}

extension Thread {
    /// On a CPU or ready for one when it was looked at, or it has run between two looks.
    var isSeenRunning: Bool { state == .running || progress == .running || progress == .moving }
    /// Only its entry is left.
    var hasEnded: Bool { state == .zombie || state == .dead }
}
