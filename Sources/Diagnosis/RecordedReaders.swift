import ProcessModel

/// Who holds a rwlock for reading, by the runtime library's record of held locks: the lock itself only counts its readers
/// (glibc, nptl/pthread_rwlock_common.c).
///
/// They are named only where the record agrees with the lock's own count. Where it has fewer, a reader took the lock before
/// the library came, or not by a call that it sees; where it has more, one of them has given it back in the meantime.
struct RecordedReaders: Sendable {
    private struct Hold {
        var thread: ThreadID
        var site: Address?
    }

    private var holds: [Address: [Hold]] = [:]

    init(_ snapshot: Snapshot) {
        for thread in snapshot.registry?.threads ?? [] {
            guard let id = thread.snapshotThread else { continue }
            for lock in thread.heldLocks ?? [] where lock.kind == .rwlockRead {
                holds[lock.object, default: []].append(Hold(thread: id, site: lock.site))
            }
        }
    }

    /// Each reader once, by id; nil where they are not all known. One that reads twice is counted twice.
    func readers(of object: SyncObject) -> [ThreadID]? {
        guard let count = object.anonymousHolders, count > 0, let holds = holds[object.id.rawValue],
            holds.count == count
        else { return nil }
        return Set(holds.map(\.thread)).sorted()
    }

    /// Whether a thread is one of those that hold the lock for reading, and all of them are known.
    func name(_ thread: ThreadID, of object: SyncObject) -> Bool { readers(of: object)?.contains(thread) == true }

    /// The return address of the call with which the thread took it; nil where that was not recorded.
    func site(of object: SyncObjectID, by thread: ThreadID) -> Address? {
        holds[object.rawValue]?.first { $0.thread == thread }?.site
    }
}
