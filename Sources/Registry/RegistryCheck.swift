import ProcessModel

/// Holds a registry against the threads of a snapshot: who of the registered is still there, and which waits are true.
///
/// The registry says what a thread was about to do or had done; the kernel says what it does. A wait is believed only
/// where both agree.
public struct RegistryCheck {
    private let threads: [Thread]
    /// The snapshot's threads by the id that the target itself gives them.
    private var positions: [ThreadID: Int] = [:]
    private let isLive: Bool
    private let isListComplete: Bool
    /// A thread created after this moment need not be in the list.
    private var listed: UInt64?

    /// Threads are listed before any is looked at; younger ones than that may be missing from the list. Nanoseconds.
    private static let listMargin: UInt64 = 1_000_000_000
    private static let futexCall = 202

    /// - Parameters:
    ///   - snapshot: with its waits decoded.
    ///   - namespaceIDs: the target's own ids of its threads, in the order of the snapshot's, nil where they are the same.
    public init(_ snapshot: Snapshot, namespaceIDs: [ThreadID?]) {
        threads = snapshot.threads
        for (position, thread) in threads.enumerated() {
            let own = namespaceIDs.indices.contains(position) ? namespaceIDs[position] : nil
            positions[own ?? thread.id] = position
        }
        isLive = snapshot.process.source == .live
        // A list with a hole proves nobody's absence.
        isListComplete = !snapshot.gaps.contains { $0.subject == .process } && !threads.isEmpty
        listed = threads.filter { $0.instant.proof != .none }.map(\.instant.start).min()
    }

    /// Fills in `presence` and `snapshotThread` of each thread and `check` of each wait.
    public func run(_ record: inout RegistryRecord) {
        // A thread id is used again: of several threads with one id the last is the one that has it.
        var newest: [ThreadID: Int] = [:]
        for (index, thread) in record.threads.enumerated() {
            if let id = thread.id { newest[id] = index }
        }
        for index in record.threads.indices {
            guard let id = record.threads[index].id else { continue }
            let position = newest[id] == index ? positions[id] : nil
            if let position, isSame(record.threads[index], threads[position]) {
                record.threads[index].snapshotThread = threads[position].id
                if let wait = record.threads[index].wait {
                    record.threads[index].wait?.check = check(wait, of: threads[position])
                }
            }
            record.threads[index].presence = presence(record.threads[index])
        }
    }

    /// An ended thread whose id the process has again is another one, unless it is just leaving.
    private func isSame(_ registered: RegisteredThread, _ thread: Thread) -> Bool {
        guard registered.state == .exited else { return true }
        if thread.state == .zombie || thread.state == .dead { return true }
        guard isLive, let exited = registered.exited else { return false }
        return exited >= thread.instant.start
    }

    private func presence(_ thread: RegisteredThread) -> RegisteredThread.Presence? {
        guard thread.state == .running || thread.state == .ending else { return nil }
        if thread.snapshotThread != nil { return .listed }
        guard isListComplete else { return nil }
        if isLive {
            guard let listed, let created = thread.created else { return nil }
            if created >= listed - min(listed, Self.listMargin) { return .newer }
        }
        return .goneWithoutNotice
    }

    private func check(_ wait: RegisteredWait, of thread: Thread) -> RegisteredWait.Check {
        let isLater =
            isLive && thread.instant.proof != .none && wait.since.map { $0 > thread.instant.end } ?? false
        switch blocked(thread, on: wait) {
        case true?: return isLater ? .again : .confirmed
        case false?: return isLater ? .later : .stale
        case nil: return isLater ? .later : .blocked
        }
    }

    /// Whether the thread was seen blocked on the object of a wait; nil where it was blocked and nobody can tell on what.
    private func blocked(_ thread: Thread, on wait: RegisteredWait) -> Bool? {
        switch thread.state {
        case .running, .zombie, .dead, .parked: return false
        default: break
        }
        // An engine's own lock stands on something else, which the kernel names.
        switch wait.kind {
        case .engineLock, .engineCondition, .continuation, .spin, .unknown: return nil
        default: break
        }
        let places = [wait.object, wait.mutex].compactMap(\.self)
        if let object = thread.wait?.object?.rawValue {
            return places.contains { holds($0, object, wait.kind) }
        }
        guard let call = thread.systemCall else { return nil }
        guard call.number == Self.futexCall, let word = call.arguments.first else { return false }
        return places.contains { holds($0, Address(word), wait.kind) }
    }

    /// Whether a futex word or a decoded object lies in the object at `start`: the largest of libc's has 56 bytes
    /// (pthread_rwlock_t), and the word of a join lies in the joined thread's descriptor (struct pthread, 2,304 bytes in
    /// glibc 2.36).
    private func holds(_ start: Address, _ place: Address, _ kind: RegisteredKind) -> Bool {
        let size: UInt64 =
            switch kind {
            case .join: 4096
            case .futex, .once: 4
            default: 56
            }
        return place.distance(above: start) < size
    }
}
