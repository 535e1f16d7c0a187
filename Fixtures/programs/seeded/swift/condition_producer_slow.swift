/* truth
 * title: A player waits for the next sample of a decoder that reads slowly
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, Samples.filled, untimed
 * thread decoder: outside, sleep
 * release Samples.filled: put alive
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

func decode(into samples: Samples, _ seconds: Double) {
    samples.put(1)
    Thread.sleep(forTimeInterval: seconds)
    samples.put(2)
}

let seconds = CommandLine.arguments.count > 1 ? Double(CommandLine.arguments[1]) ?? 600 : 600
let samples = Samples()
Thread.detachNewThread {
    nameThread("decoder")
    decode(into: samples, seconds)
}
announceWhenQuiet()
print(samples.take() + samples.take())

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
