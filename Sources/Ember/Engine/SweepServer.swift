import Instrumentation
import Logging

/// Closes tables that have been idle for long.
final class SweepServer: @unchecked Sendable {
    private let work = Wakeup("sweep work", signalledBy: [Role.application])
    private let store: Store
    private let tables: OpenTables
    private let interval: Duration
    private let idle: Duration
    private let servers: ServerCount
    private let hooks: Hooks
    private let logger: Logger
    private var thread: EngineThread?

    init(_ parts: DatabaseParts) {
        store = parts.store
        tables = parts.tables
        interval = parts.configuration.sweepInterval
        idle = parts.configuration.idleHandle
        servers = parts.servers
        hooks = parts.configuration.hooks
        logger = parts.configuration.logger
    }

    func start(_ faults: Faults) throws(EmberError) {
        servers.add()
        do throws(EmberError) {
            thread = try EngineThread("sweep server", context: self, faults: faults) { argument in
                EngineThread.begin(argument, as: SweepServer.self, name: "sweep", role: Role.sweep)?.serve()
                return nil
            }
        } catch {
            servers.remove()
            throw error
        }
    }

    func stop() { work.stop() }

    func join() { thread?.join() }

    private func serve() {
        var last = ContinuousClock.now
        while true {
            switch Instrument.withIdleMark("waits for the next sweep", { work.wait(for: .milliseconds(100)) }) {
            case .stopped:
                servers.remove()
                return
            case .timedOut where .now - last < interval:
                continue
            case .timedOut, .signalled:
                hooks.reach(.sweepDue)
                let discarded = tables.discard(idleFor: idle)
                let closed = store.sweep(idleFor: idle)
                if discarded + closed > 0 {
                    logger.debug("sweep: \(discarded) tables discarded, \(closed) files closed")
                }
                last = .now
            }
        }
    }
}
