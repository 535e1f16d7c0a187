import ArgumentParser
import CLinux
import Deadwait
import Glibc

@main
struct DeadwaitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deadwait",
        abstract: "Says which threads of a native program are stuck, on what, and who should have come.",
        discussion: """
            FIRST STEPS
              deadwait demo         a program hangs for real and is explained
              deadwait attach PID   your hung process: who waits for whom, and why
              deadwait core FILE    the same from a core
              deadwait dump FILE    the same from a text that gdb or pstack wrote
              deadwait stacks PID   every thread's stack and wait
              deadwait why TID      one thread in full: who could end its wait
              deadwait diff A B     two snapshots of one process: who has moved
              deadwait registry PID who made whom, and who has signalled what
              deadwait map FILE     which code of a binary could signal what
              deadwait runtime      a library that records what nobody can know later

            The target is never written to and no code runs in it. By default only
            threads are stopped that are on a CPU, or whose stack cannot be walked
            without their registers, for some fifty microseconds each.

            EXIT STATUS
              0 nothing stuck   1 a finding   2 partial: see the gaps
              3 no result       64 wrong usage
            """,
        subcommands: [
            Attach.self, Core.self, Dump.self, Stacks.self, Why.self, Diff.self, RegistryCommand.self, MapCommand.self,
            Demo.self,
            Runtime.self,
        ])

    static func main() {
        // A closed pipe is told by write(2), not by a signal that ends us in the middle of a capture.
        signal(SIGPIPE, SIG_IGN)
        clinux_keep_freed_memory()
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let failure as CommandFailure {
            Terminal.warn(failure.description)
            exit(withError: ExitStatus.noResult.exitCode)
        } catch {
            exit(withError: error)
        }
    }
}
