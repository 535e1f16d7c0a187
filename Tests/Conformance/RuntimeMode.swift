import Foundation
import TestSupport

/// One way to run a program under the runtime library.
public enum RuntimeMode: String, CaseIterable, Sendable {
    /// The default library.
    case waits
    /// The library that has a hook on every lock and unlock, too.
    case locks
    /// The default library, which executes the program again with the other one.
    case relaunch
    /// The default library with its registry in a file.
    case file

    /// The environment that loads the library, with `before` and `after` preloaded around it. `scratch` is where
    /// registries in files go.
    public func environment(
        scratch: ScratchFolder, before: [String] = [], after: [String] = []
    ) throws -> [String: String] {
        let library = try RuntimeLibrary.path(locks: self == .locks)
        var variables = ["LD_PRELOAD": (before + [library] + after).joined(separator: ":")]
        switch self {
        case .waits: break
        case .locks, .relaunch: variables["DEADWAIT_LOCKS"] = "1"
        case .file: variables["DEADWAIT_REGISTRY"] = scratch.url.appendingPathComponent("registry").path
        }
        return variables
    }
}
