// Every blocking primitive of Swift's libraries once: see zoo.h for what a zoo is.
import Dispatch
import Foundation
import Glibc
import Synchronization

@_silgen_name("gettid") func ownThread() -> Int32

final class Objects: Sendable {
    let mutex = Mutex(0)
    let lock = NSLock()
    let recursive = NSRecursiveLock()
    let condition = NSCondition()
    let semaphore = DispatchSemaphore(value: 0)
    let group = DispatchGroup()
    let queue = DispatchQueue(label: "zoo")
    let holder = Atomic<Int32>(0)
    let drainer = Atomic<Int32>(0)
}

let objects = Objects()
let initializer = Atomic<Int32>(0)
let slow: Int = {
    initializer.store(ownThread(), ordering: .sequentiallyConsistent)
    rest()
}()

func rest() -> Never {
    while true { sleep(1000) }
}

func sleeps(_ thread: Int32) -> Bool {
    guard let line = try? String(contentsOfFile: "/proc/self/task/\(thread)/stat", encoding: .utf8),
        let tail = line.split(separator: ")").last
    else { return false }
    return tail.hasPrefix(" S")
}

func put(_ name: String, owner: Int32 = 0, _ block: @escaping @Sendable () -> Void) {
    let told = Told()
    Thread.detachNewThread {
        print(name, ownThread(), "(nil)", owner)
        fflush(nil)
        told.thread.store(ownThread(), ordering: .sequentiallyConsistent)
        block()
    }
    var quiet = 0
    while quiet < 3 {
        usleep(1000)
        let thread = told.thread.load(ordering: .sequentiallyConsistent)
        quiet = thread != 0 && sleeps(thread) ? quiet + 1 : 0
    }
}

final class Told: Sendable {
    let thread = Atomic<Int32>(0)
}

@main struct Zoo {
    static func main() {
        Thread.detachNewThread {
            objects.lock.lock()
            objects.recursive.lock()
            objects.mutex.withLock { _ in
                objects.holder.store(ownThread(), ordering: .sequentiallyConsistent)
                rest()
            }
        }
        while objects.holder.load(ordering: .sequentiallyConsistent) == 0 { usleep(1000) }
        let holder = objects.holder.load(ordering: .sequentiallyConsistent)
        put("mutex", owner: holder) { objects.mutex.withLock { $0 += 1 } }
        put("NSLock", owner: holder) { objects.lock.lock() }
        put("NSRecursiveLock", owner: holder) { objects.recursive.lock() }
        put("NSCondition") {
            objects.condition.lock()
            objects.condition.wait()
        }
        put("semaphore") { objects.semaphore.wait() }
        put("semaphore-timed") { _ = objects.semaphore.wait(timeout: .now() + 100_000) }
        put("group") {
            objects.group.enter()
            objects.group.wait()
        }
        objects.queue.async {
            objects.drainer.store(ownThread(), ordering: .sequentiallyConsistent)
            rest()
        }
        while objects.drainer.load(ordering: .sequentiallyConsistent) == 0 { usleep(1000) }
        put("queue-sync", owner: objects.drainer.load(ordering: .sequentiallyConsistent)) { objects.queue.sync {} }
        put("once-runs") { _ = slow }
        put("once-waits", owner: initializer.load(ordering: .sequentiallyConsistent)) { _ = slow }
        print("ready")
        fflush(nil)
        rest()
    }
}
