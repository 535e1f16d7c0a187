import Glibc
import Synchronization

/// Whether somebody wants this program to end: the driver must not outlive it.
enum Interruption {
    private static let wanted = Atomic<Bool>(false)

    static var isWanted: Bool { wanted.load(ordering: .relaxed) }

    static func listen() {
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { _ in Interruption.wanted.store(true, ordering: .relaxed) }
        }
    }
}
