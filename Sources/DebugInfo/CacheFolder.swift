import Glibc

/// A folder of files that a user's own runs leave for later ones.
///
/// Files are written under another name and renamed, so that a reader meets whole ones only. Files of another user, or
/// that others may write, count as not there.
package struct CacheFolder: Sendable {
    package let directory: String
    /// What a file's name ends with: others in the folder are left alone.
    package let suffix: String
    /// The most that all files may occupy together, bytes.
    package let byteLimit: Int

    package init(directory: String, suffix: String, byteLimit: Int) {
        self.directory = directory
        self.suffix = suffix
        self.byteLimit = byteLimit
    }

    package func path(_ name: String) -> String { "\(directory)/\(name)\(suffix)" }

    /// An open file with its status, to be closed by the caller; nil where there is none to be used.
    package func open(_ name: String) -> (descriptor: Int32, status: stat)? {
        let descriptor = Glibc.open(path(name), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
            status.st_mode & 0o022 == 0, status.st_size > 0, status.st_size <= byteLimit
        else {
            close(descriptor)
            return nil
        }
        return (descriptor, status)
    }

    /// Marks an open file as used now, without changing when it was written. The oldest are removed first.
    package func touch(_ descriptor: Int32) {
        var times = [timespec(tv_sec: 0, tv_nsec: Self.now), timespec(tv_sec: 0, tv_nsec: Self.omit)]
        _ = futimens(descriptor, &times)
    }

    /// UTIME_NOW and UTIME_OMIT of linux/stat.h, which Swift does not import.
    private static let now = (1 << 30) - 1
    private static let omit = (1 << 30) - 2

    /// The number of the error when the file could not be written; nil when it is there. `mode` loses what umask(2)
    /// says.
    package func write(_ bytes: UnsafeRawBufferPointer, to name: String, mode: mode_t = 0o600) -> Int32? {
        if let error = makeDirectory() { return error }
        let partial = "\(directory)/.partial-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        let descriptor = Glibc.open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { return errno }
        var total = 0
        var error: Int32?
        while total < bytes.count {
            let part = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: total), bytes.count - total)
            if part < 0, errno == EINTR { continue }
            if part <= 0 {
                error = part < 0 ? errno : ENOSPC
                break
            }
            total += part
        }
        if close(descriptor) != 0, error == nil { error = errno }
        if error == nil, rename(partial, path(name)) != 0 { error = errno }
        if error != nil { unlink(partial) }
        return error
    }

    /// Makes the directory and those above it, for this user alone.
    private func makeDirectory() -> Int32? {
        if mkdir(directory, 0o700) == 0 || errno == EEXIST { return nil }
        guard errno == ENOENT else { return errno }
        var position = directory.startIndex
        while let slash = directory[directory.index(after: position)...].firstIndex(of: "/") {
            if mkdir(String(directory[..<slash]), 0o700) != 0, errno != EEXIST { return errno }
            position = slash
        }
        return mkdir(directory, 0o700) == 0 || errno == EEXIST ? nil : errno
    }

    /// Removes the files that were not used for longest while all together are beyond the limit, and what a killed
    /// writer left behind.
    package func trim() {
        guard let stream = opendir(directory) else { return }
        defer { closedir(stream) }
        var files: [(path: String, size: Int, used: Int)] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            let path = "\(directory)/\(name)"
            var status = stat()
            guard name.hasSuffix(suffix) || name.hasPrefix(".partial-"), lstat(path, &status) == 0 else { continue }
            if name.hasPrefix(".partial-") {
                // An hour: no writer takes that long.
                if time(nil) - status.st_mtim.tv_sec > 3600 { unlink(path) }
                continue
            }
            let used = max(status.st_atim.tv_sec, status.st_mtim.tv_sec)
            files.append((path, Int(status.st_size), used))
        }
        var total = files.reduce(0) { $0 + $1.size }
        for file in files.sorted(by: { ($0.used, $0.path) < ($1.used, $1.path) }) where total > byteLimit {
            unlink(file.path)
            total -= file.size
        }
    }
}
