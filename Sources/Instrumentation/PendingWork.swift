import CDeadwait

/// Something that somebody has promised to end: a continuation to resume, a queued operation, an answer to give.
///
/// It stands in the registry from `begin` to `end()`. If the last reference goes without that, it stays there as
/// dropped: nobody can end it any more. Held by whoever is to end it. Without the library there is no such value.
public final class PendingWork: Sendable {
    @usableFromInline let number: UInt64

    init(number: UInt64) { self.number = number }

    deinit {
        // Does nothing once it was ended: no number is given out twice.
        dw_pending_dropped(number)
    }

    /// Records that `what` was begun, by the calling thread, for the current task or for `context` (the address of the
    /// condition that somebody waits on for it). Nil without the library, or where its table is full.
    @inlinable public static func begin(
        _ what: @autoclosure () -> String, for context: UnsafeRawPointer? = nil
    ) -> PendingWork? {
        Instrument.isLoaded ? begin(what(), DEADWAIT_OTHER, context) : nil
    }

    /// A continuation of the current task, by its name or, without one, its place in the source.
    @inlinable static func continuation(
        _ name: StaticString?, _ fileID: StaticString, _ line: UInt, _ function: String
    ) -> PendingWork? {
        if !Instrument.isLoaded { return nil }
        return begin(name?.description ?? "\(fileID):\(line) \(function)", DEADWAIT_CONTINUATION, nil)
    }

    @usableFromInline static func begin(_ what: String, _ type: dw_type, _ context: UnsafeRawPointer?) -> PendingWork? {
        let waiter = context.map { UInt64(UInt(bitPattern: $0)) } ?? TaskIdentity.current
        let number = what.withCString { dw_pending_begin(type, $0, waiter) }
        return number == 0 ? nil : PendingWork(number: number)
    }

    /// It is done, or given up in a way that its waiter will learn of; once is enough.
    @inlinable public func end() { dw_pending_end(number) }
}

/// Which task runs on the calling thread.
enum TaskIdentity {
    /// The address of the current task's object in the Swift runtime, 0 outside of tasks.
    static var current: UInt64 {
        withUnsafeCurrentTask { task in
            // A task is one reference, never counted here: its bits are the object's address (stdlib/public/Concurrency,
            // UnsafeCurrentTask holds a Builtin.NativeObject).
            guard let task, MemoryLayout<UnsafeCurrentTask>.size == MemoryLayout<UInt>.size else { return 0 }
            return UInt64(unsafeBitCast(task, to: UInt.self))
        }
    }
}
