import Glibc
import SystemPackage

/// What a scenario is given: a folder of its own, how long to go on, and who listens.
struct Stage: Sendable {
    /// Exists, and is empty unless the caller gave one that is not.
    let folder: FilePath
    /// How long a healthy scenario goes on.
    let seconds: Int
    /// The engine's bugs stay closed: a hang then ends, well or with the error that the engine met.
    var isRepaired = false

    /// Says in plain words what the application has done and is about to do, then that what leads to the scenario's
    /// state is done: the last line is `ready`. To be called once, before the call that may never return.
    func ready(_ words: String) {
        Output.say(words)
        Output.say("ready")
    }

    /// The same when it is another process than this one that is to be looked at: the line before `ready` is
    /// `process PID`.
    func ready(_ words: String, process: pid_t) {
        Output.say(words)
        Output.say("process \(process)")
        Output.say("ready")
    }
}
