import Instrumentation
import Logging

/// Makes a checkpoint whenever a time has passed, or somebody asks for one and does not wait.
final class CheckpointServer: @unchecked Sendable {
    private let work = Wakeup("checkpoint work", signalledBy: [Role.application])
    private let checkpointer: Checkpointer
    private let interval: Duration?
    private let servers: ServerCount
    private let hooks: Hooks
    private let logger: Logger
    private var thread: EngineThread?

    init(_ parts: DatabaseParts, every interval: Duration?) {
        checkpointer = parts.checkpointer
        self.interval = interval
        servers = parts.servers
        hooks = parts.configuration.hooks
        logger = parts.configuration.logger
    }

    func start(_ faults: Faults) throws(EmberError) {
        servers.add()
        do throws(EmberError) {
            thread = try EngineThread("checkpoint server", context: self, faults: faults) { argument in
                EngineThread.begin(argument, as: CheckpointServer.self, name: "checkpoint", role: Role.checkpoint)?
                    .serve()
                return nil
            }
        } catch {
            servers.remove()
            throw error
        }
    }

    func request() { work.signal() }

    func stop() { work.stop() }

    func join() { thread?.join() }

    private func serve() {
        var last = ContinuousClock.now
        while true {
            switch Instrument.withIdleMark("waits for the next checkpoint", { work.wait(for: .milliseconds(100)) }) {
            case .stopped:
                servers.remove()
                return
            case .timedOut where interval.map { .now - last < $0 } ?? true:
                continue
            case .timedOut, .signalled:
                do throws(EmberError) {
                    try checkpointer.checkpoint()
                } catch {
                    logger.error("checkpoint: \(error)")
                }
                last = .now
                hooks.reach(.checkpointServed)
            }
        }
    }
}
