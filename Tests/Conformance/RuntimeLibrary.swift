import Foundation
import TestSupport

/// One way to run a program under the runtime library.
public enum RuntimeMode: String, CaseIterable, Sendable {
    /// The default library.
    case waits
    /// The library that has a hook on every lock and unlock, too.
    case locks
    /// The default library with its registry in a file.
    case file
}

/// A runtime library, built from its sources by a compiler alone and kept as long as these stay the same.
public struct RuntimeLibrary: Sendable {
    public let mode: RuntimeMode
    public let path: String
    private let registries: ScratchFolder

    public init(_ mode: RuntimeMode, compiler: String = "gcc") throws {
        self.mode = mode
        let sources = FixtureProgram.repository.appendingPathComponent("Sources")
        var code: [String] = []
        var headers: [String] = []
        var includes: [String] = []
        for folder in ["DeadwaitRuntime/runtime", "RegistryABI/include", "CDeadwait/include"] {
            let path = sources.appendingPathComponent(folder).path
            for name in try FileManager.default.contentsOfDirectory(atPath: path).sorted() {
                if name.hasSuffix(".c") { code.append("../../Sources/\(folder)/\(name)") }
                if name.hasSuffix(".h") { headers.append("../../Sources/\(folder)/\(name)") }
            }
            includes += ["-I", path]
        }
        let own = mode == .locks ? ["-DDW_LOCKS=1"] : []
        path = try FixtureProgram(
            code, headers: headers, compiler: compiler,
            flags: ["-std=gnu11", "-O2", "-g", "-shared", "-fPIC", "-fvisibility=hidden"] + includes + own
        ).executable.path
        registries = try ScratchFolder()
    }

    /// The environment that loads the library, with `before` and `after` preloaded around it.
    public func environment(before: [String] = [], after: [String] = []) -> [String: String] {
        var variables = ["LD_PRELOAD": (before + [path] + after).joined(separator: ":")]
        switch mode {
        case .waits: break
        case .locks: variables["DEADWAIT_LOCKS"] = "1"
        case .file: variables["DEADWAIT_REGISTRY"] = registries.url.appendingPathComponent(UUID().uuidString).path
        }
        return variables
    }
}
