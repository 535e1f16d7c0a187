import Foundation
import TestSupport

/// The builds of WiredTiger 3.2.1 that the driver runs on.
public enum EngineBuild: String, Hashable, Sendable, CaseIterable {
    /// Of Debian's libwiredtiger-dev: optimized and stripped; the functions in .dynsym have names, static ones have none.
    case debian
    /// Of the same sources, by `.ci/wiredtiger`: optimized, with DWARF.
    case debugInfo

    public enum Failure: Error, CustomStringConvertible {
        case missing(path: String)

        public var description: String {
            switch self {
            case .missing(let path): "\(path) is not there; build it with: .ci/wiredtiger"
            }
        }
    }

    /// Fixtures/programs/wiredtiger_async.c, linked with this build.
    public func driver() throws -> FixtureProgram {
        var flags = ["-g", "-O2", "-pthread"]
        switch self {
        case .debian: break
        case .debugInfo:
            let folder = FixtureProgram.repository.appendingPathComponent(".build/wiredtiger").path
            let library = "\(folder)/lib/libwiredtiger.so"
            guard FileManager.default.fileExists(atPath: library) else { throw Failure.missing(path: library) }
            flags += ["-I\(folder)/include", "-L\(folder)/lib", "-Wl,-rpath,\(folder)/lib"]
        }
        return try FixtureProgram(["wiredtiger_async.c"], flags: flags + ["-lwiredtiger"])
    }
}
