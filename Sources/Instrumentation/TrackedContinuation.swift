import CDeadwait

/// A `CheckedContinuation` that stands in the registry until it is resumed: by whom and where it was made, and for
/// which task.
///
/// One that is never resumed stays there; if nobody has it any more it is marked as dropped. To be resumed exactly once,
/// as a `CheckedContinuation`, on any thread or task.
public struct TrackedCheckedContinuation<Value, Failure: Error>: Sendable {
    @usableFromInline let continuation: CheckedContinuation<Value, Failure>
    /// Nil without the library.
    @usableFromInline let pending: PendingWork?

    @inlinable init(_ continuation: CheckedContinuation<Value, Failure>, _ pending: PendingWork?) {
        self.continuation = continuation
        self.pending = pending
    }

    @inlinable public func resume(returning value: sending Value) {
        pending?.end()
        continuation.resume(returning: value)
    }

    @inlinable public func resume(throwing error: Failure) {
        pending?.end()
        continuation.resume(throwing: error)
    }

    @inlinable public func resume(with result: sending Result<Value, Failure>) {
        switch result {
        case .success(let value): resume(returning: value)
        case .failure(let error): resume(throwing: error)
        }
    }

    @inlinable public func resume() where Value == Void { resume(returning: ()) }
}

/// `withCheckedContinuation`, with the continuation in the registry until it is resumed.
///
/// `name` is what reports call it; its place in the source without one.
@inlinable public func withTrackedCheckedContinuation<Value>(
    _ name: StaticString? = nil, isolation: isolated (any Actor)? = #isolation, fileID: StaticString = #fileID,
    line: UInt = #line, function: String = #function,
    _ body: (TrackedCheckedContinuation<Value, Never>) -> Void
) async -> sending Value {
    await withCheckedContinuation(isolation: isolation, function: function) {
        body(TrackedCheckedContinuation($0, PendingWork.continuation(name, fileID, line, function)))
    }
}

/// `withCheckedThrowingContinuation`, with the continuation in the registry until it is resumed.
@inlinable public func withTrackedThrowingContinuation<Value>(
    _ name: StaticString? = nil, isolation: isolated (any Actor)? = #isolation, fileID: StaticString = #fileID,
    line: UInt = #line, function: String = #function,
    _ body: (TrackedCheckedContinuation<Value, any Error>) -> Void
) async throws -> sending Value {
    try await withCheckedThrowingContinuation(isolation: isolation, function: function) {
        body(TrackedCheckedContinuation($0, PendingWork.continuation(name, fileID, line, function)))
    }
}

/// Runs `body`, a task or a part of one that is to be known by a name: the registry then says which task it is that
/// waits for a continuation.
@inlinable public func withTrackedTask<Result: ~Copyable, Failure: Error>(
    _ name: @autoclosure () -> String, isolation: isolated (any Actor)? = #isolation,
    _ body: () async throws(Failure) -> Result
) async throws(Failure) -> Result {
    let pending = PendingWork.begin(name())
    defer { pending?.end() }
    return try await body()
}
