import Glibc

/// An open file of a store. Positions are given with each call, so that any thread may use it at any time.
final class StoreFile: @unchecked Sendable {
    let name: String
    private let descriptor: Int32
    private let faults: Faults

    /// Opens the file `name`, at `path`, to read and write; `options` are further flags of open(2).
    init(_ name: String, at path: String, options: Int32 = 0, faults: Faults) throws(EmberError) {
        self.name = name
        self.faults = faults
        descriptor = try Self.open(path, O_RDWR | options, faults)
    }

    deinit { close(descriptor) }

    /// open(2) with close-on-exec; the caller closes.
    static func open(_ path: String, _ options: Int32, _ faults: Faults) throws(EmberError) -> Int32 {
        try faults.check(.open, call: "open", subject: path)
        while true {
            let descriptor = Glibc.open(path, options | O_CLOEXEC, 0o644)
            if descriptor >= 0 { return descriptor }
            guard errno == EINTR else { throw .system(call: "open", subject: path, errno: errno) }
        }
    }

    func size() throws(EmberError) -> UInt64 {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("fstat") }
        return UInt64(max(status.st_size, 0))
    }

    /// Writes all of `bytes` at `offset`, in as many calls as it takes.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64, point: FaultPoint) throws(EmberError) {
        var written = 0
        while written < bytes.count {
            try faults.check(point, call: "pwrite", subject: name)
            let count = pwrite(
                descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written,
                off_t(offset) + off_t(written))
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure("pwrite") }
            guard count > 0 else { throw .system(call: "pwrite", subject: name, errno: ENOSPC) }
            written += count
        }
    }

    func write(_ bytes: [UInt8], at offset: UInt64, point: FaultPoint) throws(EmberError) {
        // withUnsafeBytes takes no typed throw.
        var failed: EmberError?
        bytes.withUnsafeBytes { raw in
            do throws(EmberError) { try write(raw, at: offset, point: point) } catch { failed = error }
        }
        if let failed { throw failed }
    }

    /// Up to `count` bytes from `offset`: fewer only where the file ends.
    func read(count: Int, at offset: UInt64, point: FaultPoint) throws(EmberError) -> [UInt8] {
        guard offset <= UInt64(Int64.max) - UInt64(count) else { return [] }
        try faults.check(point, call: "pread", subject: name)
        var failed: EmberError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = pread(
                    descriptor, buffer.baseAddress?.advanced(by: filled), count - filled,
                    off_t(offset) + off_t(filled))
                if got < 0 && errno == EINTR { continue }
                if got < 0 { failed = failure("pread") }
                if got <= 0 { break }
                filled += got
            }
        }
        if let failed { throw failed }
        return bytes
    }

    /// After an error here nobody knows what is on the disk, and asking again proves nothing: the caller ends the store.
    func synchronize(point: FaultPoint) throws(EmberError) {
        try faults.check(point, call: "fdatasync", subject: name)
        while fdatasync(descriptor) != 0 {
            guard errno == EINTR else { throw failure("fdatasync") }
        }
    }

    func truncate(to size: UInt64) throws(EmberError) {
        try faults.check(.truncate, call: "ftruncate", subject: name)
        while ftruncate(descriptor, off_t(size)) != 0 {
            guard errno == EINTR else { throw failure("ftruncate") }
        }
    }

    /// Takes the lock of the whole file for this descriptor, or throws `.busy` when somebody has it (flock(2)).
    func lockWhole() throws(EmberError) {
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            if errno == EINTR { continue }
            if errno == EWOULDBLOCK { throw .busy(what: "the store, which another process or thread has open,") }
            throw failure("flock")
        }
    }

    /// Gives that lock back.
    func unlockWhole() { flock(descriptor, LOCK_UN) }

    private func failure(_ call: String) -> EmberError { .system(call: call, subject: name, errno: errno) }
}
