import Instrumentation
import Logging
import Synchronization

/// Makes durable what is in the log, for all that commit meanwhile.
final class LogServer: @unchecked Sendable {
    private let work = Wakeup("log work", signalledBy: [Role.application, Role.asyncWorker])
    private let log: Log
    private let servers: ServerCount
    private let logger: Logger
    private let isServing = Atomic<Bool>(false)
    private var thread: EngineThread?

    init(_ log: Log, _ servers: ServerCount, _ configuration: Configuration) {
        self.log = log
        self.servers = servers
        logger = configuration.logger
    }

    func start(_ faults: Faults) throws(EmberError) {
        servers.add()
        isServing.store(true, ordering: .releasing)
        do throws(EmberError) {
            thread = try EngineThread("log server", context: self, faults: faults) { argument in
                EngineThread.begin(argument, as: LogServer.self, name: "log-flush", role: Role.log)?.serve()
                return nil
            }
        } catch {
            isServing.store(false, ordering: .releasing)
            servers.remove()
            throw error
        }
    }

    func stop() { work.stop() }

    func join() { thread?.join() }

    /// Returns when all up to `position` is durable, which this server does, or the caller where there is none.
    func makeDurable(_ position: LogSequenceNumber) throws(EmberError) {
        while isServing.load(ordering: .acquiring) {
            work.signal()
            if try log.wait(upTo: position, for: .seconds(1)) { return }
        }
        try log.flush(upTo: position)
    }

    private func serve() {
        var hasFailed = false
        while true {
            let reason = Instrument.withIdleMark("waits for commits") { work.wait(for: .milliseconds(100)) }
            // Who finds it gone flushes, too.
            if reason == .stopped { isServing.store(false, ordering: .releasing) }
            let appended = log.appended
            // What has failed here has ended the store.
            if !hasFailed && log.durable < appended {
                do throws(EmberError) {
                    try log.flush(upTo: appended)
                } catch {
                    logger.error("log: \(error)")
                    hasFailed = true
                }
            }
            if reason == .stopped {
                servers.remove()
                return
            }
        }
    }
}
