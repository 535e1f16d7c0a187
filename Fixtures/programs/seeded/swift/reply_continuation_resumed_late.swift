/* truth
 * title: The reply of a slow server arrives late and is handed on then
 * class: healthy
 * looks-like: continuation-lost
 * thread main: idle, pause
 * thread connection: outside, sleep
 * thread oot.default-qos x0-64: idle, semaphore, timed
 * thread -qos.overcommit x0-4: idle, semaphore, timed
 * thread -qos.overcommit x0-1: idle, epoll
 * task main: waiting, continuation, Client.waiting
 * release Client.waiting: deliver alive
 */
import Foundation

actor Client {
    private var waiting: [Int: CheckedContinuation<String, Never>] = [:]

    func request(_ number: Int, over connection: Connection) async -> String {
        await withCheckedContinuation { continuation in
            waiting[number] = continuation
            connection.send(number)
        }
    }

    func deliver(_ number: Int, _ body: String) {
        waiting.removeValue(forKey: number)?.resume(returning: body)
    }
}

/// Answers in a thread of its own, in the order of the requests.
final class Connection: @unchecked Sendable {
    private let arrived = NSCondition()
    private var requests: [Int] = []

    func send(_ number: Int) {
        arrived.withLock {
            requests.append(number)
            arrived.signal()
        }
    }

    func start(for client: Client, delay: Double) {
        Thread.detachNewThread { [self] in
            nameThread("connection")
            while true {
                arrived.lock()
                while requests.isEmpty { arrived.wait() }
                let number = requests.removeFirst()
                arrived.unlock()
                if number == 3 { Thread.sleep(forTimeInterval: delay) }
                Task { await client.deliver(number, "page \(number)") }
            }
        }
    }
}

let seconds = CommandLine.arguments.count > 1 ? Double(CommandLine.arguments[1]) ?? 600 : 600
let connection = Connection()
let client = Client()
connection.start(for: client, delay: seconds)
for number in 1...3 {
    if number == 3 { announceWhenQuiet() }
    print(await client.request(number, over: connection))
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

/// Foundation's `Thread.name` is lost where the thread is faster than the one that starts it.
func nameThread(_ name: String) {
    try? name.write(toFile: "/proc/thread-self/comm", atomically: false, encoding: .utf8)
}
