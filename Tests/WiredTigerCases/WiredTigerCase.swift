import Foundation
import TestSupport

/// The states of a real engine that every analysis is held against: what it must find in the first ones, and must not
/// find in the others.
public enum WiredTigerCase: String, CaseIterable, Sendable {
    /// Under an address-space limit not all async workers could be created. The close flushes: it and those that exist
    /// wait for all to have come by. The engine's other threads are fine.
    case hang
    /// The same, since a creation of a worker fails by itself.
    case failedCreation = "failed-creation"
    /// Under a lower limit it crashes in an error path. Its run has ended.
    case crash
    case idle
    case busy
    /// A flush that waits for a callback of the application: main stands as in the hang, and will go on.
    case slowCallback = "slow-callback"

    public static let healthy: [WiredTigerCase] = [.idle, .busy, .slowCallback]

    /// Starts the driver, and waits until it is in the state. A healthy one ends by itself after so many seconds.
    public func start(
        _ build: EngineBuild = .debian, seconds: TimeInterval = 60, environment: [String: String] = [:]
    ) throws -> EngineRun {
        let search = TroubleSearch(build, environment: environment)
        let activity: String
        switch self {
        case .hang: return try search.hangByLimit().run
        case .failedCreation: return try search.hangByCreation().run
        case .crash: return try search.crashByLimit().run
        case .idle: activity = "idle"
        case .busy: activity = "busy"
        case .slowCallback: activity = "slow"
        }
        let run = try EngineRun(build.driver(), activity: [activity, String(seconds)], environment: environment)
        try run.waitUntilReady()
        return run
    }
}
