import Glibc
import ProcessModel

/// Finished answers on disk, one file a build id, so that the next run on the same program opens no DWARF data for
/// addresses it has seen before.
///
/// Files are written under another name and renamed, so that a reader meets whole ones only. What is damaged, of
/// another version, of another user, or was read from a file that has changed since, counts as not there.
final class AnswerCache {
    let directory: String
    private let byteLimit: Int
    /// One module's answers; beyond it the older ones are dropped.
    private static let answerLimit = 100_000
    /// Why answers could not be kept, once.
    private(set) var problem: String?

    init?(options: DebugInfoOptions) {
        guard let directory = options.cacheDirectory, options.cacheByteLimit > 0 else { return nil }
        self.directory = directory
        byteLimit = options.cacheByteLimit
    }

    /// The answers kept for a build id, if they were read from a file of this size and time.
    func answers(_ identifier: BuildID, origin: AnswerFile.Origin) -> [UInt64: AnswerFile.Answer] {
        read(path(identifier)).flatMap { AnswerFile.decode($0, origin: origin) } ?? [:]
    }

    /// Keeps `answers` together with those that are there.
    func keep(_ answers: [UInt64: AnswerFile.Answer], for identifier: BuildID, origin: AnswerFile.Origin) {
        guard !answers.isEmpty else { return }
        var all = self.answers(identifier, origin: origin)
        if all.count + answers.count > Self.answerLimit { all = [:] }
        guard answers.count <= Self.answerLimit else { return }
        all.merge(answers) { old, new in old.detail > new.detail ? old : new }
        let bytes = AnswerFile.encode(all, origin: origin)
        guard bytes.count <= byteLimit / 2 else { return }
        if !write(bytes, to: path(identifier)), problem == nil { problem = errnoText(errno) }
        trim()
    }

    private func path(_ identifier: BuildID) -> String { "\(directory)/\(identifier).answers" }

    private func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
            status.st_mode & 0o022 == 0, status.st_size > 0, status.st_size <= byteLimit
        else { return nil }
        let count = Int(status.st_size)
        var total = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            while total < count {
                let part = Glibc.read(descriptor, buffer.baseAddress?.advanced(by: total), count - total)
                if part < 0, errno == EINTR { continue }
                if part <= 0 { break }
                total += part
            }
            initialized = total
        }
        return total == count ? bytes : nil
    }

    /// False with errno set when the file could not be written.
    private func write(_ bytes: [UInt8], to path: String) -> Bool {
        guard makeDirectory() else { return false }
        let partial = "\(directory)/.partial-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        let descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return false }
        var total = 0
        while total < bytes.count {
            let part = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress?.advanced(by: total), buffer.count - total)
            }
            if part < 0, errno == EINTR { continue }
            if part <= 0 { break }
            total += part
        }
        let reason = errno
        close(descriptor)
        if total == bytes.count, rename(partial, path) == 0 { return true }
        let final = total == bytes.count ? errno : reason
        unlink(partial)
        errno = final
        return false
    }

    /// Makes the directory and those above it, for this user alone.
    private func makeDirectory() -> Bool {
        if mkdir(directory, 0o700) == 0 || errno == EEXIST { return true }
        guard errno == ENOENT else { return false }
        var position = directory.startIndex
        while let slash = directory[directory.index(after: position)...].firstIndex(of: "/") {
            if mkdir(String(directory[..<slash]), 0o700) != 0, errno != EEXIST { return false }
            position = slash
        }
        return mkdir(directory, 0o700) == 0 || errno == EEXIST
    }

    /// Removes the oldest files while all together are beyond the limit, and what a killed writer left behind.
    private func trim() {
        guard let stream = opendir(directory) else { return }
        defer { closedir(stream) }
        var files: [(path: String, size: Int, time: Int)] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            let path = "\(directory)/\(name)"
            var status = stat()
            guard name.hasSuffix(".answers") || name.hasPrefix(".partial-"), lstat(path, &status) == 0 else { continue }
            if name.hasPrefix(".partial-") {
                // An hour: no writer takes that long.
                if time(nil) - status.st_mtim.tv_sec > 3600 { unlink(path) }
                continue
            }
            files.append((path, Int(status.st_size), status.st_mtim.tv_sec))
        }
        var total = files.reduce(0) { $0 + $1.size }
        for file in files.sorted(by: { ($0.time, $0.path) < ($1.time, $1.path) }) where total > byteLimit {
            unlink(file.path)
            total -= file.size
        }
    }
}
