import Glibc
import SystemPackage

/// The second place that log records are written to: a file, to be continued, or a named pipe.
final class LogArchive: @unchecked Sendable {
    private let path: String
    private let descriptor: Int32
    private let faults: Faults

    /// Waits for a reader where `path` is a pipe (fifo(7)).
    init(_ path: FilePath, faults: Faults) throws(EmberError) {
        self.path = path.string
        self.faults = faults
        descriptor = try StoreFile.open(path.string, O_WRONLY | O_CREAT | O_APPEND, faults)
    }

    deinit { close(descriptor) }

    /// Writes all of `bytes`, waiting where a pipe is full. Throws `.system` with EPIPE when it has no reader any more;
    /// the signal that comes with that is taken from this thread before it is delivered.
    func write(_ bytes: [UInt8]) throws(EmberError) {
        try faults.check(.archiveWrite, call: "write", subject: path)
        var pipe = sigset_t()
        var previous = sigset_t()
        var pending = sigset_t()
        sigemptyset(&pipe)
        sigaddset(&pipe, SIGPIPE)
        sigpending(&pending)
        let wasPending = sigismember(&pending, SIGPIPE) == 1
        pthread_sigmask(SIG_BLOCK, &pipe, &previous)
        let error = bytes.withUnsafeBytes { raw in
            var written = 0
            while written < raw.count {
                let count = Glibc.write(descriptor, raw.baseAddress?.advanced(by: written), raw.count - written)
                if count < 0 && errno == EINTR { continue }
                if count < 0 { return errno }
                written += count
            }
            return 0
        }
        if error == EPIPE && !wasPending {
            var now = timespec()
            while sigtimedwait(&pipe, nil, &now) == -1 && errno == EINTR {}
        }
        pthread_sigmask(SIG_SETMASK, &previous, nil)
        guard error == 0 else { throw .system(call: "write", subject: path, errno: error) }
    }
}
