import Glibc
import ProcessModel

/// Finished answers on disk, one file a build id, so that the next run on the same program opens no DWARF data for
/// addresses it has seen before.
///
/// What is damaged, of another version, of another user, or was read from a file that has changed since, counts as not
/// there.
final class AnswerCache {
    var directory: String { folder.directory }
    private let folder: CacheFolder
    /// One module's answers; beyond it the older ones are dropped.
    private static let answerLimit = 100_000
    /// Why answers could not be kept, once.
    private(set) var problem: String?

    init?(options: DebugInfoOptions) {
        guard let directory = options.cacheDirectory, options.cacheByteLimit > 0 else { return nil }
        folder = CacheFolder(directory: directory, suffix: ".answers", byteLimit: options.cacheByteLimit)
    }

    /// The answers kept for a build id, if they were read from a file of this size and time.
    func answers(_ identifier: BuildID, origin: AnswerFile.Origin) -> [UInt64: AnswerFile.Answer] {
        read(identifier).flatMap { AnswerFile.decode($0, origin: origin) } ?? [:]
    }

    /// Keeps `answers` together with those that are there.
    func keep(_ answers: [UInt64: AnswerFile.Answer], for identifier: BuildID, origin: AnswerFile.Origin) {
        guard !answers.isEmpty else { return }
        var all = self.answers(identifier, origin: origin)
        if all.count + answers.count > Self.answerLimit { all = [:] }
        guard answers.count <= Self.answerLimit else { return }
        all.merge(answers) { old, new in old.detail > new.detail ? old : new }
        let bytes = AnswerFile.encode(all, origin: origin)
        guard bytes.count <= folder.byteLimit / 2 else { return }
        let error = bytes.withUnsafeBytes { folder.write($0, to: identifier.description) }
        if let error, problem == nil { problem = errnoText(error) }
        folder.trim()
    }

    private func read(_ identifier: BuildID) -> [UInt8]? {
        guard let (descriptor, status) = folder.open(identifier.description) else { return nil }
        defer { close(descriptor) }
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
}
