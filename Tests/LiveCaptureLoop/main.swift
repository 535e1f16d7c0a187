import Glibc
import LinuxProcess
import ProcessModel

// live-capture-loop PID MODE [USER]
//
// MODE "hybrid" or "all": says "begin" and captures until it is killed, with the registers of all threads completed.
// MODE "once": as USER (a number) when that is given, captures once and prints what came of it, a line each:
// "error TEXT", "help TEXT", "threads N", "gap OPERATION: REASON".

let arguments = CommandLine.arguments
guard arguments.count > 2, let process = Int32(arguments[1]) else { exit(64) }
var options = LiveCaptureOptions()
if arguments[2] == "all" { options.mode = .stopAll }
if arguments.count > 3, let user = UInt32(arguments[3]), setgid(user) != 0 || setuid(user) != 0 { exit(77) }

/// Without stdio, whose buffers a kill would lose.
func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = write(1, bytes, bytes.count)
}

do {
    if arguments[2] == "once" {
        let image = try LiveCapture(process: ProcessID(process), options: options).capture()
        say("threads \(image.threads.count)")
        for gap in image.gaps { say("gap \(gap.operation): \(gap.reason)") }
    } else {
        say("begin")
        let capture = try LiveCapture(process: ProcessID(process), options: options)
        while true {
            var image = try capture.capture()
            capture.completeRegisters(of: image.threads.map(\.thread.id), in: &image)
        }
    }
} catch {
    say("error \(error)")
    say("help \(error.help ?? "-")")
    exit(1)
}
