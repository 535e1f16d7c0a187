import Instrumentation
import Logging

/// Keeps what is in memory below the limit: drops pages that nobody has used for long, having written what is in them.
final class EvictionServer: @unchecked Sendable {
    private let space: CacheSpace
    private let store: Store
    private let tables: OpenTables
    private let checkpointer: Checkpointer
    private let servers: ServerCount
    private let defects: Defects
    private let hooks: Hooks
    private let logger: Logger
    private var thread: EngineThread?
    /// Of the server's thread: said once, though it tries again.
    private var lastFailure: EmberError?

    init(_ parts: DatabaseParts) {
        space = parts.space
        store = parts.store
        tables = parts.tables
        checkpointer = parts.checkpointer
        servers = parts.servers
        defects = parts.configuration.defects
        hooks = parts.configuration.hooks
        logger = parts.configuration.logger
    }

    func start(_ faults: Faults) throws(EmberError) {
        servers.add()
        do throws(EmberError) {
            thread = try EngineThread("eviction server", context: self, faults: faults) { argument in
                EngineThread.begin(argument, as: EvictionServer.self, name: "evict", role: Role.eviction)?.serve()
                return nil
            }
        } catch {
            servers.remove()
            throw error
        }
    }

    func stop() { space.work.stop() }

    func join() { thread?.join() }

    private func serve() {
        while true {
            switch Instrument.withIdleMark("waits for the cache to fill", { space.work.wait(for: .milliseconds(100)) })
            {
            case .stopped:
                space.end()
                servers.remove()
                return
            case .timedOut where space.surplus == 0:
                continue
            case .timedOut, .signalled:
                if space.surplus > 0 { makeRoom() }
                space.endPass()
            }
        }
    }

    private func makeRoom() {
        hooks.reach(.evictionDue)
        if defects.contains(.evictionKeepsOpenTables) {
            tables.lock.lock()
            let pinned = tables.pinLocked()
            hooks.reach(.evictionListed)
            checkpointer.lock.lock()
            evict()
            checkpointer.lock.unlock()
            tables.unpinLocked(pinned)
            tables.lock.unlock()
            return
        }
        let pinned = tables.pin()
        defer { tables.unpin(pinned) }
        hooks.reach(.evictionListed)
        // What is dirty is about to be written by the checkpoint, if there is one.
        guard checkpointer.lock.tryLock() else { return }
        evict()
        checkpointer.lock.unlock()
    }

    private func evict() {
        do throws(EmberError) {
            let evicted = try store.evict(atMost: space.surplus)
            lastFailure = nil
            logger.trace("evicted \(evicted) bytes")
        } catch {
            if error != lastFailure { logger.error("eviction: \(error)") }
            lastFailure = error
        }
    }
}
