import Ember
import Foundation
import SystemPackage

/// A folder that is there while a test runs.
final class WorkFolder {
    let path: FilePath

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("ember-engine-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = FilePath(url.path)
    }

    deinit { try? FileManager.default.removeItem(atPath: path.string) }

    var database: FilePath { path.appending("database") }
}

/// Something that is done on a thread of its own, which nobody waits for where it never ends.
final class Aside: @unchecked Sendable {
    private let body: () throws -> Void
    private let lock = Lock("aside")
    private let ended = Condition("aside ended", signalledBy: "aside")
    private var result: Result<Void, any Error>?

    init(_ body: @escaping @Sendable () throws -> Void) throws {
        self.body = body
        _ = try EngineThread("aside", context: self) { argument in
            guard let aside = EngineThread.begin(argument, as: Aside.self, name: "aside", role: "aside") else {
                return nil
            }
            let result = Result { try aside.body() }
            aside.lock.withLock { aside.result = result }
            aside.ended.broadcast()
            return nil
        }
    }

    /// Whether it ends within `limit`. Throws what it threw.
    func ends(within limit: Duration) throws -> Bool {
        let end = ContinuousClock.now + limit
        lock.lock()
        defer { lock.unlock() }
        while result == nil {
            let left = end - .now
            if left <= .zero { return false }
            _ = ended.wait(lock, for: left)
        }
        try result?.get()
        return true
    }
}

/// A number that threads may count up.
final class Count: @unchecked Sendable {
    private let lock = Lock("count")
    private var value = 0

    func add() { lock.withLock { value += 1 } }

    var current: Int { lock.withLock { value } }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

extension Configuration {
    /// Small, and silent.
    static func small(_ change: (inout Configuration) -> Void = { _ in }) -> Configuration {
        var configuration = Configuration()
        configuration.cacheBytes = 1 << 20
        configuration.asyncOperations = 64
        configuration.sessions = 16
        configuration.logger.logLevel = .critical
        change(&configuration)
        return configuration
    }
}
