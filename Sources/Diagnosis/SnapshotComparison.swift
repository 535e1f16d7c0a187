import ProcessModel

/// Two snapshots of one process held against each other: which threads have moved, which have come and gone, and which
/// locks have changed hands.
///
/// A thread is known again by its id; the kernel gives ids out anew (fork(2)), so one whose record in the registry is
/// another, or whose counters went backwards, is taken for a new thread. Stacks are compared by the addresses of their
/// frames, which do not change within one process unless a library is loaded anew at another place.
public struct SnapshotComparison: Sendable {
    /// What became of a thread from the first snapshot to the second.
    public enum Movement: String, Sendable, CaseIterable {
        /// It is in the first snapshot only.
        case ended
        /// It is in the second snapshot only.
        case appeared
        /// It stands in another place, or waits for something else.
        case moved
        /// It was on a CPU, or ready to run, at both.
        case running
        /// It has run and is back in the same wait with the same stack.
        case polling
        /// It has not run at all.
        case unmoved
        /// The same wait and stack; whether it has run in between nobody counted, as in cores.
        case samePlace = "same-place"
        /// At one of the two its stack is missing.
        case unknown
    }

    public struct Item: Sendable, Equatable {
        public var id: ThreadID
        public var movement: Movement
        /// Positions in the threads of the two snapshots.
        public var before: Int?, after: Int?
        /// How often it was put on a CPU in between, and for how many nanoseconds; nil where nobody counted.
        public var runs: UInt64?, cpuNanoseconds: UInt64?
    }

    /// A lock that is held by somebody else than before, or by nobody.
    public struct OwnerChange: Sendable, Equatable {
        public var object: SyncObjectID
        public var before: [ThreadID], after: [ThreadID]
    }

    /// Why two snapshots cannot be held against each other.
    public enum Mismatch: Error, Equatable, CustomStringConvertible {
        case processes(ProcessID, ProcessID)
        /// Of two runs of a program, or of two programs.
        case programs

        public var description: String {
            switch self {
            case .processes(let first, let second): "the first is of process \(first), the second of process \(second)"
            case .programs:
                "they are of two runs: the main program is not the same one, or does not lie at the same address"
            }
        }
    }

    public let before: SnapshotIndex, after: SnapshotIndex
    /// Nanoseconds between the two, from the clock of the machine; nil where one of them is a core or a text.
    public let elapsedNanoseconds: UInt64?
    /// By movement in the order of its cases, then by id.
    public let items: [Item]
    /// By address.
    public let ownerChanges: [OwnerChange]

    /// Throws when the snapshots are not of one process, as far as ids, build ids and addresses tell. The earlier one is
    /// `before`, in whichever order they are given; where no clock tells, the order given counts.
    public init(_ first: Snapshot, _ second: Snapshot) throws(Mismatch) {
        try Self.check(first, second)
        let firstTime = Self.time(first)
        let secondTime = Self.time(second)
        var isSwapped = false
        if let firstTime, let secondTime { isSwapped = secondTime < firstTime }
        before = SnapshotIndex(isSwapped ? second : first)
        after = SnapshotIndex(isSwapped ? first : second)
        elapsedNanoseconds = firstTime.flatMap { start in
            secondTime.map { isSwapped ? start - $0 : $0 - start }
        }
        items = Self.items(before, after)
        ownerChanges = after.snapshot.objects.compactMap { [before] object in
            guard let old = before.object(object.id), old.type == object.type, old.owners != object.owners else {
                return nil
            }
            return OwnerChange(object: object.id, before: old.owners, after: object.owners)
        }
    }

    private static func check(_ first: Snapshot, _ second: Snapshot) throws(Mismatch) {
        if let one = first.process.id, let other = second.process.id, one != other { throw .processes(one, other) }
        if let one = first.process.buildID, let other = second.process.buildID, one != other { throw .programs }
        if let one = programStart(first), let other = programStart(second), one != other { throw .programs }
    }

    private static func programStart(_ snapshot: Snapshot) -> Address? {
        guard let path = snapshot.process.executable else { return nil }
        return snapshot.modules.first { $0.path == path }?.start
    }

    /// The last moment at which one of its threads was looked at.
    private static func time(_ snapshot: Snapshot) -> UInt64? {
        guard snapshot.process.source == .live else { return nil }
        return snapshot.threads.map(\.instant.end).max().flatMap { $0 == 0 ? nil : $0 }
    }

    /// Of both snapshots; what stands in both once.
    public var gaps: [Gap] {
        let known = Set(before.snapshot.gaps)
        return before.snapshot.gaps + after.snapshot.gaps.filter { !known.contains($0) }
    }

    // MARK: Threads

    private static func items(_ before: SnapshotIndex, _ after: SnapshotIndex) -> [Item] {
        let serials = (serials(before.snapshot), serials(after.snapshot))
        var items: [Item] = []
        var met: Set<Int> = []
        for (position, old) in before.snapshot.threads.enumerated() {
            guard let other = after.position(of: old.id),
                isSame(old, after.snapshot.threads[other], serials.0[old.id], serials.1[old.id])
            else {
                items.append(Item(id: old.id, movement: .ended, before: position))
                continue
            }
            met.insert(other)
            let new = after.snapshot.threads[other]
            var item = Item(id: old.id, movement: .unknown, before: position, after: other)
            if let first = old.counters, let last = new.counters {
                item.runs = last.runs - first.runs
                item.cpuNanoseconds = last.cpuNanoseconds - min(first.cpuNanoseconds, last.cpuNanoseconds)
            }
            item.movement = movement(old, before.snapshot, new, after.snapshot, runs: item.runs)
            items.append(item)
        }
        for (position, new) in after.snapshot.threads.enumerated() where !met.contains(position) {
            items.append(Item(id: new.id, movement: .appeared, after: position))
        }
        let rank = Dictionary(uniqueKeysWithValues: Movement.allCases.enumerated().map { ($1, $0) })
        return items.sorted { (rank[$0.movement]!, $0.id) < (rank[$1.movement]!, $1.id) }
    }

    private static func serials(_ snapshot: Snapshot) -> [ThreadID: UInt64] {
        var serials: [ThreadID: UInt64] = [:]
        for thread in snapshot.registry?.threads ?? [] {
            if let id = thread.snapshotThread { serials[id] = thread.serial }
        }
        return serials
    }

    private static func isSame(_ old: Thread, _ new: Thread, _ oldSerial: UInt64?, _ newSerial: UInt64?) -> Bool {
        if let oldSerial, let newSerial, oldSerial != newSerial { return false }
        if let first = old.counters, let last = new.counters { return first.runs <= last.runs }
        return true
    }

    private static func movement(
        _ old: Thread, _ before: Snapshot, _ new: Thread, _ after: Snapshot, runs: UInt64?
    ) -> Movement {
        // What has not run has not moved, whatever could be read of it at either time.
        if runs == 0, old.state == new.state, old.state != .running { return .unmoved }
        if old.state == .running, new.state == .running { return .running }
        guard old.state == new.state || old.state != .running && new.state != .running else { return .moved }
        guard old.wait?.kind == new.wait?.kind, old.wait?.object == new.wait?.object else { return .moved }
        guard let first = places(old, before), let last = places(new, after) else { return .unknown }
        if first != last { return .moved }
        return runs == nil ? .samePlace : .polling
    }

    /// Nil without a stack. A frame of a text dump has no address, but a function and a line.
    private static func places(_ thread: Thread, _ snapshot: Snapshot) -> [Place]? {
        let frames = snapshot.frames(of: thread)
        return frames.isEmpty
            ? nil
            : frames.map { frame in
                frame.pc.map { .address($0) }
                    ?? .source(frame.function, frame.source.last?.file, frame.source.last?.line)
            }
    }

    private enum Place: Equatable {
        case address(Address)
        case source(String?, String?, Int?)
    }
}
