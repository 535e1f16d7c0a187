/* truth
 * title: Two players wait for samples of a decoder that is only started for files with a known extension
 * class: dead-wait
 * cause: never-created
 * thread main: victim, sleep, polling
 * thread player x2: stuck, condition, Samples.filled, untimed
 * release Samples.filled: decode never-created
 */
import Foundation

final class Samples: @unchecked Sendable {
    private let filled = NSCondition()
    private var samples: [Int] = []

    func put(_ sample: Int) {
        filled.withLock {
            samples.append(sample)
            filled.signal()
        }
    }

    func take() -> Int {
        filled.withLock {
            while samples.isEmpty { filled.wait() }
            return samples.removeFirst()
        }
    }
}

func decode(into samples: Samples) {
    for sample in 0..<200 { samples.put(sample) }
}

let samples = Samples()
let players = (0..<2).map { _ in
    let player = Thread {
        nameThread("player")
        for _ in 0..<100 { _ = samples.take() }
    }
    player.start()
    return player
}
let file = CommandLine.arguments.count > 2 ? CommandLine.arguments[2] : "song.opus"
if file.hasSuffix(".wav") {
    Thread.detachNewThread { decode(into: samples) }
}
announceWhenQuiet()
while players.contains(where: { !$0.isFinished }) { usleep(100_000) }

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
