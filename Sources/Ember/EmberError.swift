import Glibc

/// Why Ember could not do what it was asked.
public enum EmberError: Error, Hashable, Sendable {
    /// A system or library call failed: which one, on what, with which errno value.
    case system(call: String, subject: String, errno: Int32)
    /// Memory for `what` could not be had.
    case outOfMemory(what: String)
    /// What was read is not what was written: where, and what is wrong with it.
    case corrupt(file: String, offset: UInt64, reason: String)
    /// Another transaction has changed the same key since this one began: roll back and try again.
    case conflict
    /// What was asked for is in use or out of supply: try again.
    case busy(what: String)
    /// There is no such table, key or log segment.
    case notFound(what: String)
    /// A name, key, value or option that Ember does not take.
    case invalid(what: String, reason: String)
    /// The database is closing, closed, or gave up after an error that it could not undo.
    case closed(reason: String)

    /// The value of errno that a C engine would have returned.
    public var code: Int32 {
        switch self {
        case .system(_, _, let errno): errno
        case .outOfMemory: ENOMEM
        case .corrupt: EIO
        case .conflict: EDEADLK
        case .busy: EBUSY
        case .notFound: ENOENT
        case .invalid: EINVAL
        case .closed: ESHUTDOWN
        }
    }
}

extension EmberError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .system(let call, let subject, let errno): "\(call) of \(subject): \(String(cString: strerror(errno)))"
        case .outOfMemory(let what): "out of memory for \(what)"
        case .corrupt(let file, let offset, let reason): "\(file) at \(offset): \(reason)"
        case .conflict: "another transaction has changed the key"
        case .busy(let what): "\(what): busy"
        case .notFound(let what): "\(what): not found"
        case .invalid(let what, let reason): "\(what): \(reason)"
        case .closed(let reason): "closed: \(reason)"
        }
    }

    /// What to try.
    public var help: String {
        switch self {
        case .system: "See the call's manual page for this error; check space, limits and permissions of the folder."
        case .outOfMemory: "Lower the cache size or the number of workers, or raise the limit (ulimit -v)."
        case .corrupt: "Restore the folder from a copy; what was committed before the damage is in the checkpoint."
        case .conflict, .busy: "Roll the transaction back and try again."
        case .notFound: "Check the name; createTable makes a table."
        case .invalid: "Give a value within the documented range."
        case .closed: "Open the database again."
        }
    }
}
