import Capture
import Foundation
import ProcessModel
import TestSupport

/// A scenario's process at one moment, as our own capture and the runtime library's record show it.
struct Sight {
    /// A thread that waits: its name ("main" for the process's first), the kind of its wait, and what the engine or the
    /// application calls the object.
    struct Waiting: Hashable, CustomStringConvertible {
        var thread: String
        var kind: WaitKind
        var object: String?

        init(_ thread: String, _ kind: WaitKind, _ object: String? = nil) {
            self.thread = thread
            self.kind = kind
            self.object = object
        }

        var description: String { "\(thread): \(kind) \(object ?? "")" }
    }

    let snapshot: Snapshot

    init(_ process: Int32) throws {
        var options = AnalysisOptions(isIsolated: false)
        options.detail = .names
        snapshot = try LiveSource(process: ProcessID(process), analysis: options).snapshot()
    }

    /// Of all threads that wait, in the order of their ids.
    var waiting: [Waiting] {
        snapshot.threads.compactMap { thread in
            guard let wait = thread.wait else { return nil }
            return Waiting(name(of: thread), wait.kind, object(of: wait))
        }
    }

    func thread(_ name: String) -> ProcessModel.Thread? { snapshot.threads.first { self.name(of: $0) == name } }

    /// The functions on a thread's stack, innermost first.
    func functions(of name: String) -> [String] {
        guard let thread = thread(name) else { return [] }
        return snapshot.frames(of: thread).flatMap { $0.source.compactMap(\.function) }
    }

    /// The thread that has the lock that `name` waits for.
    func owner(of name: String) -> String? {
        guard let owner = thread(name)?.wait?.owner else { return nil }
        return snapshot.threads.first { $0.id == owner }.map { self.name(of: $0) }
    }

    private func name(of thread: ProcessModel.Thread) -> String {
        thread.id.rawValue == snapshot.process.id?.rawValue ? "main" : thread.name ?? ""
    }

    private func object(of wait: Wait) -> String? {
        guard let address = wait.object?.rawValue else { return nil }
        return snapshot.registry?.objects.first { $0.address == address }?.name
    }
}
