import Foundation
import TestSupport
import WiredTigerCases

/// Engines that are libraries: a driver of Fixtures/programs is linked with each.
extension EngineWorkload {
    static func wiredTiger(_ name: String, _ build: EngineBuild, seconds: Int = 9) -> EngineWorkload {
        EngineWorkload(name) {
            let debugInfo = FixtureProgram.repository.appendingPathComponent(".build/wiredtiger/lib/libwiredtiger.so")
            let library =
                switch build {
                case .debian: try library("/usr/lib/x86_64-linux-gnu/libwiredtiger.so.0")
                case .debugInfo: try library(debugInfo.path)
                }
            return [library, try build.driver().executable.path]
        } work: { session in
            let table = session.path("table")
            try FileManager.default.createDirectory(atPath: table, withIntermediateDirectories: true)
            let driver = try build.driver().executable.path
            try session.finish(
                try session.start([driver, table, "busy", "\(seconds)"]) { $0.contains("ready") }, timeout: 60)
        }
    }

    static func rocksDB(seconds: Int = 9) -> EngineWorkload {
        keyValue("rocksdb", library: "/usr/lib/x86_64-linux-gnu/librocksdb.so.7.8", seconds)
    }

    static func levelDB(seconds: Int = 9) -> EngineWorkload {
        keyValue("leveldb", library: "/usr/lib/x86_64-linux-gnu/libleveldb.so.1d", seconds)
    }

    /// `seconds`: how long the driver works.
    private static func keyValue(_ name: String, library: String, _ seconds: Int) -> EngineWorkload {
        let driver: @Sendable () throws -> String = {
            try FixtureProgram(
                ["engines/\(name)_busy.cpp"], compiler: "g++",
                flags: ["-std=c++17", "-O2", "-g", "-pthread", "-Wall", "-Wextra", "-Werror", "-l\(name)"]
            ).executable.path
        }
        return EngineWorkload(name) {
            [try Self.library(library), try driver()]
        } work: { session in
            let running = try session.start([try driver(), session.folder.path, "\(seconds)"]) { $0.contains("ready") }
            try session.finish(running, timeout: 60)
        }
    }
}
