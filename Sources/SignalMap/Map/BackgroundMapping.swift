import Glibc
import Synchronization

/// Maps of several binaries, made one after the other by a thread of their own, for whoever has no more than some time.
///
/// What is not ready when the time is over goes on being made, and is not looked at any more: the caller has its answer
/// and is about to end. For one thread.
package final class BackgroundMapping: Sendable {
    package enum Outcome: Sendable {
        case mapping(SignalMapping)
        case failure(SignalMapError)
    }

    private let paths: [String]
    private let options: SignalMapOptions
    private let outcomes = Mutex<[Outcome]>([])

    /// Starts with the first of `paths`.
    package init(_ paths: [String], _ options: SignalMapOptions) {
        self.paths = paths
        self.options = options
        if let thread = Parallel.start({ self.run() }) {
            pthread_detach(thread)
        } else {
            // Where no thread can be created this one does it all.
            run()
        }
    }

    private func run() {
        for path in paths {
            let outcome: Outcome
            do throws(SignalMapError) {
                outcome = .mapping(try SignalMapping.of(path, options))
            } catch {
                outcome = .failure(error)
            }
            outcomes.withLock { $0.append(outcome) }
        }
    }

    /// What is ready after `seconds` at most, in the order of the paths; fewer than there are paths when the time was too
    /// short.
    package func wait(seconds: Double) -> [Outcome] {
        var waited = 0.0
        while true {
            let ready = outcomes.withLock { $0 }
            if ready.count == paths.count || waited >= seconds { return ready }
            // Most maps are kept from earlier runs, and ready within a millisecond or two.
            let pause = waited < 0.05 ? 0.0005 : 0.01
            usleep(UInt32(pause * 1e6))
            waited += pause
        }
    }
}
