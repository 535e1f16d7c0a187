import Logging
import Testing

@testable import Ember

/// The same numbers for the same seed (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: Int) { state = UInt64(truncatingIfNeeded: seed) }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

func key(_ text: String) -> [UInt8] { Array(text.utf8) }

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// Pages of a few keys, segments of a few records, and no word on stderr.
func tinyOptions() -> StoreOptions {
    var options = StoreOptions()
    options.pageBytes = 600
    options.cacheBytes = 4000
    options.logSegmentBytes = 1500
    options.logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    return options
}

typealias Contents = [String: String]

extension Store {
    /// Puts and deletes (nil) in one transaction.
    func change(_ table: Table, _ changes: [String: String?]) throws(EmberError) {
        let transaction = try begin()
        for (name, value) in changes {
            if let value {
                try table.put(key(name), key(value), in: transaction)
            } else {
                try table.delete(key(name), in: transaction)
            }
        }
        try transaction.commit()
    }

    /// All that is in a table now, read forward, which must be in order.
    func contents(of name: String) throws -> Contents {
        guard let table = table(named: name) else { return [:] }
        return Dictionary(uniqueKeysWithValues: try table.pairs(in: begin()))
    }
}

extension Table {
    func pairs(
        from low: String = "", upTo high: String? = nil, isForward: Bool = true, in transaction: Transaction
    ) throws -> [(String, String)] {
        let cursor = cursor(from: key(low), upTo: high.map(key), in: transaction)
        var pairs: [(String, String)] = []
        while let found = try isForward ? cursor.next() : cursor.previous() {
            pairs.append((text(found.key), text(found.value)))
        }
        let names = pairs.map(\.0)
        #expect(names == (isForward ? names.sorted() : names.sorted().reversed()))
        return pairs
    }
}

/// A thread that runs a closure, and what that has thrown.
final class Running: @unchecked Sendable {
    private let body: @Sendable () throws -> Void
    private var thread: EngineThread?
    private var error: (any Error)?

    init(_ body: @escaping @Sendable () throws -> Void) throws {
        self.body = body
        thread = try EngineThread("test", context: self) { argument in
            let running = EngineThread.begin(argument, as: Running.self, name: "test", role: "application")
            do { try running?.body() } catch { running?.error = error }
            return nil
        }
    }

    func join() throws {
        thread?.join()
        if let error { throw error }
    }
}
