import Foundation
import TestSupport
import WiredTigerCases

/// A real engine and some seconds of work that make its threads wait for one another.
public struct EngineWorkload: Sendable {
    public let name: String
    /// Its processes share conditions and semaphores, at the same address in all of them.
    let sharesObjects: Bool
    private let files: @Sendable () throws -> [String]
    let work: @Sendable (EngineSession) throws -> Void

    init(
        _ name: String, sharesObjects: Bool = false, modules: @escaping @Sendable () throws -> [String],
        work: @escaping @Sendable (EngineSession) throws -> Void
    ) {
        self.name = name
        self.sharesObjects = sharesObjects
        files = modules
        self.work = work
    }

    /// The files whose maps must explain what is seen, without symbolic links in their paths. Throws for one that is not
    /// there.
    public var modules: [String] {
        get throws { try files().map { URL(fileURLWithPath: $0).resolvingSymlinksInPath().path } }
    }

    /// Runs it once.
    public func observe() throws -> EngineObservation {
        let session = try EngineSession(sharesObjects: sharesObjects)
        try work(session)
        return session.observation
    }

    /// All engines, by the names that the command takes.
    public static let all: [EngineWorkload] = [
        wiredTiger("wiredtiger", .debian), wiredTiger("wiredtiger-debug", .debugInfo), rocksDB(), levelDB(), mariadbd,
        postgres, redis,
    ]

    static func library(_ path: String) throws -> String {
        // A library need not be executable.
        guard FileManager.default.fileExists(atPath: path) else { throw ServerProgram.Failure.notFound(path) }
        return path
    }
}
