import ArgumentParser
import Deadwait

/// How a live process is looked at.
struct CaptureArguments: ParsableArguments {
    @Flag(help: "Stop all threads at once: one instant for the whole process, some 25 us a thread.")
    var stopAll = false

    @Flag(help: "Stop no thread at all; threads that run, or need a register that was not saved, stay incomplete.")
    var noStop = false

    @Flag(
        name: .customLong("allow-eintr"),
        help: "Stop threads in calls that a stop ends with EINTR, too (epoll_wait, semop, sigtimedwait, …).")
    var allowsInterruptingCalls = false

    @Option(help: ArgumentHelp("Look again N times and mark who moves.", valueName: "N"))
    var samples = 0

    @Option(help: ArgumentHelp("Milliseconds between two looks.", valueName: "MS"))
    var interval = 100

    @Option(help: ArgumentHelp("Give up on the rest after so many seconds.", valueName: "SECONDS"))
    var deadline: Double?

    func validate() throws {
        if stopAll && noStop { throw ValidationError("--stop-all and --no-stop exclude each other.") }
        guard (0...1000).contains(samples) else { throw ValidationError("--samples is 0 to 1000.") }
        guard (1...60_000).contains(interval) else { throw ValidationError("--interval is 1 to 60000 milliseconds.") }
        if let deadline, !(deadline > 0 && deadline <= 86_400) {
            throw ValidationError("--deadline is more than 0 and at most 86400 seconds.")
        }
    }

    var options: LiveCaptureOptions {
        var options = LiveCaptureOptions()
        options.mode = stopAll ? .stopAll : noStop ? .noStop : .hybrid
        options.allowInterruptingCalls = allowsInterruptingCalls
        options.deadlineNanoseconds = deadline.map { UInt64($0 * 1e9) }
        return options
    }
}
