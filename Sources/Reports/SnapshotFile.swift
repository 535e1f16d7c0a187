import Glibc
import ProcessModel

/// Snapshots as JSON files: what `--save` writes and every command takes in place of a process.
public enum SnapshotFile {
    /// The JSON form. Loads to an equal value.
    public static func encode(_ snapshot: Snapshot) throws(ReportsError) -> [UInt8] {
        do {
            return try TapeEncoder.encode(snapshot)
        } catch let EncodingError.invalidValue(_, context) {
            throw .notEncodable(reason: context.debugDescription)
        } catch {
            throw .notEncodable(reason: "\(error)")
        }
    }

    /// The snapshot of a JSON form, with every index in it checked. The bytes may be anything.
    public static func decode(_ bytes: [UInt8]) throws(ReportsError) -> Snapshot {
        let tape: JSONTape
        do {
            tape = try JSONTape(bytes)
        } catch {
            throw .notJSON(reason: error.reason, offset: error.offset)
        }
        guard let node = tape.member("schema", of: 0), let schema = tape.text(node) else { throw .notASnapshot }
        guard schema == Snapshot.schema else { throw .unknownSchema(schema) }
        let snapshot: Snapshot
        do {
            snapshot = try Snapshot(from: TapeDecoder(tape: tape, node: 0))
        } catch let error as DecodingError {
            throw invalid(error)
        } catch {
            throw .invalid(place: "", reason: "\(error)")
        }
        try SnapshotCheck(snapshot).run()
        return snapshot
    }

    /// Writes the snapshot to a file, which is made or replaced; mode 0600, for it shows the target's memory.
    public static func save(_ snapshot: Snapshot, to path: String) throws(ReportsError) {
        let bytes = try encode(snapshot)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file(operation: "open", path: path, errno: errno) }
        var failure: Int32 = 0
        bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count, failure == 0 {
                let count = write(descriptor, buffer.baseAddress.map { $0 + offset }, buffer.count - offset)
                if count > 0 {
                    offset += count
                } else if count == 0 || errno != EINTR {
                    failure = count == 0 ? ENOSPC : errno
                }
            }
        }
        // A full disk of a network file system is told at close only.
        if close(descriptor) != 0, failure == 0 { failure = errno }
        if failure != 0 { throw .file(operation: "write", path: path, errno: failure) }
    }

    /// Reads a snapshot that was saved.
    public static func load(from path: String) throws(ReportsError) -> Snapshot {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(operation: "open", path: path, errno: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var status = stat()
        // The size is a hint: a pipe has none, and a file may grow.
        let hint = fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
        bytes.reserveCapacity(min(max(hint, 0), JSONTape.sizeLimit) + 1)
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw .file(operation: "read", path: path, errno: errno)
            }
            bytes.append(contentsOf: chunk[..<count])
            if bytes.count > JSONTape.sizeLimit { throw .notJSON(reason: "it is larger than 1 GiB", offset: 0) }
        }
        return try decode(bytes)
    }

    /// Whether the file at `path` begins as a saved snapshot does, to tell it from a core.
    public static func isSnapshot(_ path: String) throws(ReportsError) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(operation: "open", path: path, errno: errno) }
        defer { close(descriptor) }
        var start = [UInt8](repeating: 0, count: 64)
        let count = start.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        // A pipe has no offsets: it is no core either, since a core is read at many places.
        guard count >= 0 else { throw .file(operation: "read", path: path, errno: errno) }
        return looksLikeSnapshot(start[..<count])
    }

    /// Whether a file's first bytes look like a saved snapshot, to tell it from a core.
    public static func looksLikeSnapshot(_ start: some Collection<UInt8>) -> Bool {
        start.first { ![0x20, 0x0A, 0x0D, 0x09].contains($0) } == 0x7B
    }

    private static func invalid(_ error: DecodingError) -> ReportsError {
        let context: DecodingError.Context
        switch error {
        case .typeMismatch(_, let found), .valueNotFound(_, let found), .keyNotFound(_, let found),
            .dataCorrupted(let found):
            context = found
        @unknown default: return .invalid(place: "", reason: "\(error)")
        }
        var place = ""
        for key in context.codingPath {
            if let index = key.intValue {
                place += "[\(index)]"
            } else {
                place += (place.isEmpty ? "" : ".") + key.stringValue
            }
        }
        return .invalid(place: place, reason: context.debugDescription)
    }
}

extension ReportsError {
    /// strerror(3) of an errno, thread-safe.
    static func message(_ errno: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 128)
        guard strerror_r(errno, &buffer, buffer.count) == 0 else { return "error \(errno)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
