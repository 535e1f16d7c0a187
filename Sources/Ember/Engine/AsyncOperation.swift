/// A read or write that a worker does while the application goes on.
public final class AsyncOperation: Sendable {
    public enum Request: Sendable {
        case get(table: String, key: [UInt8])
        case put(table: String, key: [UInt8], value: [UInt8])
        case delete(table: String, key: [UInt8])
    }

    /// Called once, on the worker, with what was read (nil for a write, and for a key that is not there) or with the
    /// error. It must not flush the queue or close the database.
    public typealias Completion = @Sendable (Result<[UInt8]?, EmberError>) -> Void

    public let request: Request
    let completion: Completion

    public init(_ request: Request, completion: @escaping Completion) {
        self.request = request
        self.completion = completion
    }
}

/// A place in the array of operations: the memory is calloc's, so all bytes zero is a free place.
struct AsyncPlace {
    var operation: Unmanaged<AsyncOperation>?
    var isTaken: UInt32
}
