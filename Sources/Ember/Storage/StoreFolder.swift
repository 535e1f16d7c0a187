import Glibc
import SystemPackage

/// The folder of a store, and what is done to the names in it.
struct StoreFolder: Sendable {
    let path: String
    let faults: Faults

    init(_ path: FilePath, faults: Faults) {
        self.path = path.string
        self.faults = faults
    }

    private func path(of name: String) -> String { path + "/" + name }

    /// Makes the folder if it is not there.
    func create() throws(EmberError) {
        guard mkdir(path, 0o755) != 0, errno != EEXIST else { return }
        throw .system(call: "mkdir", subject: path, errno: errno)
    }

    func file(_ name: String, options: Int32 = 0) throws(EmberError) -> StoreFile {
        try StoreFile(name, at: path(of: name), options: options, faults: faults)
    }

    /// The names in the folder, in no order.
    func names() throws(EmberError) -> [String] {
        guard let stream = opendir(path) else {
            throw .system(call: "opendir", subject: path, errno: errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw .system(call: "readdir", subject: path, errno: errno) }
                return names
            }
            names.append(
                withUnsafeBytes(of: entry.pointee.d_name) { raw in
                    String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
    }

    /// The whole of a file of at most `limit` bytes, or nil if there is none.
    func contents(of name: String, limit: Int) throws(EmberError) -> [UInt8]? {
        do throws(EmberError) {
            let file = try file(name)
            let size = try file.size()
            guard size <= UInt64(limit) else {
                throw .corrupt(file: name, offset: 0, reason: "\(size) bytes are too many")
            }
            return try file.read(count: Int(size), at: 0, point: .pageRead)
        } catch {
            if case .system(_, _, let errno) = error, errno == ENOENT { return nil }
            throw error
        }
    }

    /// Makes the creation, renaming and removal of names durable.
    func synchronize() throws(EmberError) {
        try faults.check(.folderSync, call: "fsync", subject: path)
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(call: "open", subject: path, errno: errno) }
        defer { close(descriptor) }
        while fsync(descriptor) != 0 {
            guard errno == EINTR else { throw .system(call: "fsync", subject: path, errno: errno) }
        }
    }

    func rename(_ name: String, to other: String) throws(EmberError) {
        try faults.check(.rename, call: "rename", subject: name)
        guard Glibc.rename(path(of: name), path(of: other)) == 0 else {
            throw .system(call: "rename", subject: name, errno: errno)
        }
    }

    /// Removes `name`; that it is not there is no error.
    func remove(_ name: String) throws(EmberError) {
        try faults.check(.unlink, call: "unlink", subject: name)
        guard unlink(path(of: name)) == 0 || errno == ENOENT else {
            throw .system(call: "unlink", subject: name, errno: errno)
        }
    }
}
