import Glibc
import ProcessModel

/// One thread while it is being captured.
struct ThreadRecord {
    enum Outcome: Equatable {
        /// Registers and stack are of one instant.
        case captured
        /// It was blocked at the first look and has run since.
        case moved
        case running
        case gone
        /// The first thread of a process, which has ended and whose entry stays until the others have: it has no
        /// registers and no stack, so that nothing of it is missing.
        case ended
        case unreadable(reason: String)
    }

    let id: ThreadID
    var image: ThreadImage
    var outcome = Outcome.running
    /// Some file of it has been read.
    var wasSeen = false
    /// `schedstat`, kept open: reading it again is then five times as fast as opening it. -1 when closed.
    var descriptor: Int32 = -1

    /// Why there is no copy of its stack, when there is none.
    var stackProblem = "its stack pointer points to no readable memory"

    init(id: ThreadID) {
        self.id = id
        image = ThreadImage(thread: Thread(id: id, state: .unknown))
    }
}

/// The limit of open files (RLIMIT_NOFILE, getrlimit(2)).
enum FileDescriptorLimit {
    /// Raises the soft limit to the hard one and returns how many descriptors may be kept open: all but 256, which are
    /// left to everybody else in this process, and at most a million.
    static func raise() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        if limit.rlim_cur < limit.rlim_max {
            let old = limit.rlim_cur
            limit.rlim_cur = limit.rlim_max
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 { limit.rlim_cur = old }
        }
        return Int(min(limit.rlim_cur, 1 << 20)) - 256
    }

    /// Lets the table of descriptors grow to hold `count` more, in one step and while this process has one thread.
    ///
    /// The table doubles as it fills, and with two threads the kernel waits for all processors at each doubling
    /// (alloc_fdtable and synchronize_rcu in fs/file.c): some ten milliseconds each.
    static func makeRoom(for count: Int) {
        let descriptor = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, Int32(clamping: count + 64))
        // Nothing is lost without it but time.
        if descriptor >= 0 { close(descriptor) }
    }
}
