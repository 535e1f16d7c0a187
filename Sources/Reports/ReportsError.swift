/// What can go wrong when a snapshot is saved or loaded.
public enum ReportsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A system call on the file failed; `operation` is "open", "read" or "write".
    case file(operation: String, path: String, errno: Int32)
    /// The bytes are not JSON; `offset` is the first byte that does not fit.
    case notJSON(reason: String, offset: Int)
    /// JSON, but no snapshot.
    case notASnapshot
    /// A snapshot of a version that this program does not know.
    case unknownSchema(String)
    /// A member is missing, of the wrong type, or points at nothing: `place` is such as "threads[3].stack".
    case invalid(place: String, reason: String)
    /// A value that JSON cannot hold.
    case notEncodable(reason: String)

    public var description: String {
        switch self {
        case .file(let operation, let path, let errno): "cannot \(operation) \(path): \(Self.message(errno))"
        case .notJSON(let reason, let offset): "not a saved snapshot: \(reason) (byte \(offset))"
        case .notASnapshot: "not a saved snapshot: it has no \"schema\""
        case .unknownSchema(let schema): "cannot load a snapshot of schema \"\(schema)\""
        case .invalid(let place, let reason): "damaged snapshot: \(place.isEmpty ? "" : place + ": ")\(reason)"
        case .notEncodable(let reason): "cannot save the snapshot: \(reason)"
        }
    }

    /// What the reader can try, as a sentence.
    public var help: String {
        switch self {
        case .file: "Check that the path exists and that you may access it."
        case .notJSON: "Give a file that was written with --save; it may have been cut short when it was copied."
        case .notASnapshot: "Give a file that was written with --save."
        case .unknownSchema: "Use the version of deadwait that saved it, or a newer one."
        case .invalid: "Save the snapshot again; the file was changed after it was written."
        case .notEncodable: "Report this with the program that was looked at."
        }
    }
}
