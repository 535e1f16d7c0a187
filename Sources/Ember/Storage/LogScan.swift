import Glibc

/// Reads the log of a store that is being opened: from a checkpoint on, up to the first record that is not whole.
///
/// The last segment may end in a record that is not whole: it was being written when the store stopped, and nobody was
/// told of it. Anywhere else such a record is damage, since a segment is only begun when the one before is durable: then
/// `.corrupt` is thrown, or with salvage all after it is dropped.
struct LogScan {
    private let folder: StoreFolder
    private let isSalvage: Bool
    private(set) var report: RecoveryReport
    /// The store's number, if it has one.
    private(set) var store: UInt64?
    /// Those that are kept, and the file of the last if that is one to go on in.
    private(set) var segments: [LogSegment]
    private(set) var file: StoreFile?
    private var position: UInt64

    init(folder: StoreFolder, names: [String], checkpoint: Meta?, isSalvage: Bool) {
        self.folder = folder
        self.isSalvage = isSalvage
        let start = checkpoint?.sequence ?? .zero
        report = RecoveryReport(checkpoint: start, end: start)
        position = start.position
        store = checkpoint?.store
        segments = names.compactMap { LogSegment(name: $0) }.sorted { $0.start < $1.start }
    }

    /// Calls `body` with each record and where it ends, in order. Afterwards the log on the disk ends at `report.end`,
    /// durably.
    mutating func run(_ body: (LogRecord, LogSequenceNumber) throws(EmberError) -> Void) throws(EmberError) {
        let found = segments
        let first = found.lastIndex { $0.start <= position }
        // Older ones, which the next checkpoint removes.
        segments = Array(found.prefix(first ?? 0))
        if first == nil && (position > 0 || !found.isEmpty) {
            try damage(LogSegment(start: position).name, 0, "the log after the checkpoint is missing")
        }
        for (index, segment) in found.enumerated().dropFirst(first ?? found.count) {
            if index != first && segment.start != position {
                try damage(segment.name, 0, "the log before it, from \(position) on, is missing")
                break
            }
            let isWhole = try scan(segment, isLast: index == found.count - 1, body)
            if !isWhole { break }
        }
        let dropped = found.dropFirst(segments.count)
        for segment in dropped { try drop(segment) }
        // The log may go on in the segment before them: they must not come back after that.
        if !dropped.isEmpty { try folder.synchronize() }
        try file?.synchronize(point: .logSync)
        report.end = LogSequenceNumber(position)
    }

    /// Whether all of the segment was read; what is not whole at its end is cut off.
    private mutating func scan(
        _ segment: LogSegment, isLast: Bool, _ body: (LogRecord, LogSequenceNumber) throws(EmberError) -> Void
    ) throws(EmberError) -> Bool {
        let file = try folder.file(segment.name)
        let size = try file.size()
        let header = try file.read(count: LogSegment.headerSize, at: 0, point: .pageRead)
        guard let number = segment.store(ofHeader: header), store == nil || store == number else {
            let reason = "the segment's header is not whole, or of another store"
            // The header is durable before the first record is written.
            if size > UInt64(LogSegment.headerSize) || position > segment.start || !isLast {
                try damage(segment.name, 0, reason)
            }
            report.tornReason = reason
            return false
        }
        store = number
        segments.append(segment)
        self.file = file
        guard segment.offset(of: position) <= size else {
            try damage(segment.name, size, "the segment ends before the checkpoint")
            report.tornReason = "the segment ends before the checkpoint"
            // What comes next does not belong into this file.
            self.file = nil
            return false
        }
        while segment.offset(of: position) < size {
            switch try record(in: file, of: segment, size: size) {
            case .whole(let record, let end):
                try body(record, LogSequenceNumber(end))
                if case .commit = record { report.transactions += 1 }
                position = end
            case .torn(let reason):
                let offset = segment.offset(of: position)
                if !isLast { try damage(segment.name, offset, reason) }
                report.tornReason = reason
                report.bytesDropped += size - offset
                try file.truncate(to: offset)
                return false
            }
        }
        return true
    }

    private enum Found {
        case whole(LogRecord, end: UInt64)
        case torn(String)
    }

    private func record(in file: StoreFile, of segment: LogSegment, size: UInt64) throws(EmberError) -> Found {
        let offset = segment.offset(of: position)
        let header = try file.read(count: LogRecord.headerSize, at: offset, point: .pageRead)
        guard let (kind, length, sum) = LogRecord.readHeader(header, at: position) else {
            return .torn("a record's header is not whole")
        }
        let start = offset + UInt64(LogRecord.headerSize)
        guard size - start >= UInt64(length) else { return .torn("the segment ends within a record") }
        let payload = try file.read(count: length, at: start, point: .pageRead)
        guard payload.count == length, checksum(payload) == sum else { return .torn("a record's checksum is another") }
        guard let record = LogRecord(kind: kind, payload: payload) else {
            throw .corrupt(file: segment.name, offset: offset, reason: "a record of a kind that is not known")
        }
        return .whole(record, end: position + UInt64(LogRecord.headerSize + length))
    }

    /// Puts a segment that cannot be used aside, with the next free name.
    private mutating func drop(_ segment: LogSegment) throws(EmberError) {
        let size = try folder.file(segment.name).size()
        report.bytesDropped += size > UInt64(LogSegment.headerSize) ? size - UInt64(LogSegment.headerSize) : 0
        if size <= UInt64(LogSegment.headerSize) {
            try folder.remove(segment.name)
        } else {
            try folder.rename(segment.name, to: segment.name + ".dropped")
        }
    }

    private func damage(_ file: String, _ offset: UInt64, _ reason: String) throws(EmberError) {
        if !isSalvage { throw .corrupt(file: file, offset: offset, reason: reason) }
    }
}
