import Diagnosis
import ProcessModel

/// What a thread waits for, in the words of `stacks`.
struct WaitWords {
    let wording: Wording

    /// "waits for mutex g_lock 0x7f00, held by 4244 (worker)", "blocked in accept(5)".
    ///
    /// Threads with the same goal have different times left: where one sentence stands for several, it is without.
    func sentence(_ wait: Wait, withTimeout: Bool = true) -> String {
        let verb = wait.object != nil || wait.kind == .join ? "waits for " : "blocked in "
        return verb + goal(wait) + (withTimeout ? timeout(wait) : "")
    }

    /// "mutex g_lock 0x7f00, held by 4244 (worker)"; of a wait on the kernel the decoder's own summary.
    private func goal(_ wait: Wait) -> String {
        guard wait.object != nil || wait.kind == .join else { return wait.summary }
        var text = wording.goal(kind: wait.kind, object: wait.object, owner: wait.owner)
        if let object = wait.object.flatMap({ wording.index.object($0) }) {
            if object.symbol != nil, wait.kind != .join { text += " \(object.id)" }
            if let flavor = object.flavor { text += " (\(flavor))" }
            text += holders(wait, object)
        } else if wait.kind != .join, let owner = wait.owner {
            text += ", held by \(wording.thread(owner))"
        }
        if let mutex = wait.mutex {
            text += ", with \(wording.object(mutex, kind: .mutex)) given up for the time"
        }
        return text
    }

    private func holders(_ wait: Wait, _ object: SyncObject) -> String {
        if wait.kind == .join { return "" }
        if let owner = wait.owner { return ", held by \(wording.thread(owner))" }
        if !object.owners.isEmpty { return ", held by \(wording.list(object.owners.map(wording.thread)))" }
        if let readers = object.anonymousHolders, readers > 0 {
            return ", held by \(readers) \(readers == 1 ? "reader" : "readers") (not named)"
        }
        if object.wasEverSignalled == false { return ", never signalled to a waiter" }
        return ""
    }

    private func timeout(_ wait: Wait) -> String {
        guard wait.isTimed == true else { return "" }
        return wait.timeoutNanoseconds.map { ", timeout \(Wording.duration($0))" } ?? ", with a timeout"
    }
}

extension ThreadState {
    /// As a word of a sentence.
    var words: String {
        switch self {
        case .running: "running"
        case .sleeping: "sleeping"
        case .diskSleep: "uninterruptible"
        case .stopped: "stopped"
        case .tracingStop: "traced"
        case .zombie: "exited"
        case .dead: "dead"
        case .idle: "idle"
        case .parked: "parked"
        case .unknown: "state unknown"
        }
    }
}
