/* truth
 * title: The index waits for the store to be saved, which waits for the index to be rebuilt
 * class: deadlock-cycle
 * cause: cycle
 * thread main: idle, pause
 * thread oot.default-qos x0-64: idle, semaphore, timed
 * thread -qos.overcommit x0-4: idle, semaphore, timed
 * thread -qos.overcommit x0-1: idle, epoll
 * task main: victim, continuation
 * task save: stuck, continuation, Index.waiting
 * task rebuild: stuck, continuation, Store.waiting
 * release Index.waiting: rebuild blocked
 * release Store.waiting: save blocked
 * note: both actors are free; only the two tasks wait, each for what the other does when it goes on
 */
import Foundation

actor Store {
    private var isSaved = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func save(with index: Index) async -> Int {
        let entries = await index.entries()
        isSaved = true
        for continuation in waiting { continuation.resume() }
        waiting = []
        return entries
    }

    func saved() async {
        if !isSaved { await withCheckedContinuation { waiting.append($0) } }
    }
}

actor Index {
    private var count: Int?
    private var waiting: [CheckedContinuation<Int, Never>] = []

    func rebuild(from store: Store) async {
        await store.saved()
        count = 1000
        for continuation in waiting { continuation.resume(returning: 1000) }
        waiting = []
    }

    func entries() async -> Int {
        if let count { return count }
        return await withCheckedContinuation { waiting.append($0) }
    }
}

let store = Store()
let index = Index()
announceWhenQuiet()
async let rebuilt: Void = index.rebuild(from: store)
async let entries = store.save(with: index)
print(await entries, await rebuilt)

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
