import Glibc
import SystemPackage

/// The write-ahead log: records are appended in memory, then written and made durable together.
///
/// Safe on any thread. Whoever needs a position to be durable calls `flush(upTo:)`: the first writes and syncs for all
/// that have appended until then, the others wait for it, so that one fdatasync(2) serves every commit of a group. What
/// fails here ends the store.
public final class Log: @unchecked Sendable {
    private let lock = Lock("log")
    private let advanced = Condition("log durable")
    private let folder: StoreFolder
    private let state: StoreState
    private let store: UInt64
    private let segmentBytes: UInt64
    private let archive: LogArchive?

    // Under `lock`.
    private var buffer: [UInt8] = []
    private var end: UInt64
    private var durableEnd: UInt64
    private var isFlushing = false
    private var segments: [LogSegment]
    private var syncs = 0

    // Of the thread that has set isFlushing.
    private var file: StoreFile

    /// Goes on at `end`, in the last of `segments`, whose `file` has nothing after it.
    init(
        folder: StoreFolder, state: StoreState, store: UInt64, segments: [LogSegment], file: StoreFile, end: UInt64,
        options: StoreOptions
    ) throws(EmberError) {
        self.folder = folder
        self.state = state
        self.store = store
        self.segments = segments
        self.file = file
        self.end = end
        durableEnd = end
        for role in options.flushingRoles { advanced.observed.isSignalled(byRole: role) }
        segmentBytes = UInt64(max(options.logSegmentBytes, 1))
        archive = if let path = options.archive { try LogArchive(path, faults: options.faults) } else { nil }
    }

    /// The end of what has been appended.
    public var appended: LogSequenceNumber { lock.withLock { LogSequenceNumber(end) } }

    /// The end of what is on the disk for sure.
    public var durable: LogSequenceNumber { lock.withLock { LogSequenceNumber(durableEnd) } }

    /// How often fdatasync(2) was called for records.
    public var syncCount: Int { lock.withLock { syncs } }

    /// The positions at which the segments begin, ascending.
    public var segmentStarts: [LogSequenceNumber] { lock.withLock { segments.map { LogSequenceNumber($0.start) } } }

    /// Adds a record in memory; its end, to be given to `flush(upTo:)`. Does not wait for a write or sync.
    func append(kind: UInt8, payload: [UInt8], checksum: UInt32) throws(EmberError) -> LogSequenceNumber {
        lock.lock()
        defer { lock.unlock() }
        try state.check()
        buffer += LogRecord.header(kind: kind, payload: payload.count, checksum: checksum, at: end)
        buffer += payload
        end += UInt64(LogRecord.headerSize + payload.count)
        return LogSequenceNumber(end)
    }

    /// Returns when all up to `position` is durable, having written and synced it or waited for the thread that does.
    /// Throws what failed, or `.closed` when it had failed before. A position that nothing was appended for counts as the
    /// end.
    public func flush(upTo position: LogSequenceNumber) throws(EmberError) {
        lock.lock()
        defer { lock.unlock() }
        while durableEnd < min(position.position, end) {
            try state.check()
            if isFlushing {
                _ = advanced.wait(lock, for: .milliseconds(100))
            } else {
                try lead()
            }
        }
    }

    /// Waits until all up to `position` is durable, but leaves the work to others; false when `timeout` has passed. Throws
    /// `.closed` when it never will be.
    public func wait(upTo position: LogSequenceNumber, for timeout: Duration) throws(EmberError) -> Bool {
        lock.lock()
        defer { lock.unlock() }
        let deadline = ContinuousClock.now + timeout
        while durableEnd < position.position {
            try state.check()
            let left = deadline - .now
            guard left > .zero else { return false }
            _ = advanced.wait(lock, for: min(left, .milliseconds(100)))
        }
        return true
    }

    /// Removes the segments that end before `position`: what they hold is in a checkpoint. Throws at the first that
    /// cannot be removed; it is tried again with the next call.
    func removeSegments(before position: LogSequenceNumber) throws(EmberError) {
        while let old = lock.withLock({
            segments.count > 1 && segments[1].start <= position.position ? segments[0] : nil
        }) {
            try state.write { () throws(EmberError) in try folder.remove(old.name) }
            lock.withLock { if segments.first?.start == old.start { segments.removeFirst() } }
        }
    }

    /// Writes and syncs all that is in the buffer. With `lock`, which is not held in between.
    private func lead() throws(EmberError) {
        isFlushing = true
        var batch: [UInt8] = []
        swap(&batch, &buffer)
        let (start, target, segment) = (durableEnd, end, segments[segments.count - 1])
        lock.unlock()
        var failed: EmberError?
        var next: LogSegment?
        do throws(EmberError) {
            try state.write { () throws(EmberError) in
                try file.write(batch, at: segment.offset(of: start), point: .logWrite)
                try archive?.write(batch)
                try file.synchronize(point: .logSync)
                if target - segment.start >= segmentBytes { next = try beginSegment(at: target) }
            }
        } catch {
            failed = error
            state.fail(error)
        }
        lock.lock()
        isFlushing = false
        advanced.broadcast()
        if let failed { throw failed }
        durableEnd = target
        syncs += 1
        if let next { segments.append(next) }
    }

    /// Only after all before it is durable: a segment that is followed by another one is whole.
    private func beginSegment(at position: UInt64) throws(EmberError) -> LogSegment {
        let segment = LogSegment(start: position)
        file = try segment.create(in: folder, store: store)
        return segment
    }
}

extension LogSegment {
    /// Makes the segment's file, durably, in place of one of the same name.
    func create(in folder: StoreFolder, store: UInt64) throws(EmberError) -> StoreFile {
        let file = try folder.file(name, options: O_CREAT | O_TRUNC)
        try file.write(header(store: store), at: 0, point: .logWrite)
        try file.synchronize(point: .logSync)
        try folder.synchronize()
        return file
    }
}
