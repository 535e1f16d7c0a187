/* truth
 * title: The flag that a waiter looks at is guarded by a Mutex, the condition by another lock, and the signal falls between
 * class: lost-wakeup
 * cause: signalled-before
 * thread main: stuck, condition, Gate.changed, untimed
 * release Gate.changed: open exited
 */
import Foundation
import Synchronization

final class Gate: @unchecked Sendable {
    private let isOpen = Mutex(false)
    private let lock: UnsafeMutablePointer<pthread_mutex_t> = .allocate(capacity: 1)
    private let changed: UnsafeMutablePointer<pthread_cond_t> = .allocate(capacity: 1)

    init() {
        pthread_mutex_init(lock, nil)
        pthread_cond_init(changed, nil)
    }

    func open() {
        isOpen.withLock { $0 = true }
        pthread_cond_broadcast(changed)
    }

    /// `prepare` is called if it has to wait.
    func pass(_ prepare: () -> Void) {
        if isOpen.withLock({ $0 }) { return }
        prepare()
        pthread_mutex_lock(lock)
        pthread_cond_wait(changed, lock)
        pthread_mutex_unlock(lock)
    }
}

let gate = Gate()
Thread.detachNewThread {
    usleep(20_000)
    gate.open()
}
gate.pass {
    usleep(200_000)
    announceWhenQuiet()
}

/// Says `ready` when every other thread of the process sleeps, from a thread that ends then.
func announceWhenQuiet() {
    Thread.detachNewThread {
        var quiet = 0
        while quiet < 10 {
            usleep(10_000)
            let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
            let awake = tasks.filter { task in
                let stat = try? String(contentsOfFile: "/proc/self/task/\(task)/stat", encoding: .utf8)
                return stat?.contains(") S ") != true
            }
            quiet = awake.count == 1 ? quiet + 1 : 0
        }
        print("ready")
        fflush(nil)
    }
}
