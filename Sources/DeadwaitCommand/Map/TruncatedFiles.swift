import Glibc

/// Files that somebody cuts short while they are mapped: the kernel then answers a read with SIGBUS (mmap(2)).
enum TruncatedFiles {
    /// From now on such a read ends the command with a sentence and the status of "no result", instead of a crash.
    static func endTheCommand() {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in
            // write(2) and _exit(2) are async-signal-safe (signal-safety(7)); the text lies in the program.
            let text: StaticString = """
                deadwait: a file was cut short or rewritten while it was read
                  Wait until whoever writes it is done, and try again.

                """
            _ = write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
            _exit(3)
        }
        sigaction(SIGBUS, &action, nil)
    }
}
