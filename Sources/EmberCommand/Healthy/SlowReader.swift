import ArgumentParser
import CEmberCommand
import Glibc

/// The child of `slow-disk`: reads a named pipe a little at a time, and as fast as it can after `seconds`.
struct SlowReader: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "slow-reader", shouldDisplay: false)

    @Argument var pipe: String
    @Option var parent: Int32
    @Option var seconds: Int

    func run() throws {
        guard cembercommand_die_with(parent) == 0 else { return }
        let end = ContinuousClock.now + .seconds(seconds)
        let descriptor = open(pipe, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            Output.complain("ember: \(ToolError.system(call: "open", subject: pipe, errno: errno))")
            throw ExitCode(1)
        }
        // One page is the least that a pipe can hold (pipe(7)).
        _ = cembercommand_set_pipe_size(descriptor, 4096)
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            Pause.until(min(end, .now + .milliseconds(100)))
        }
    }
}
