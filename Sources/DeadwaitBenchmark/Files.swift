import Glibc

/// The few things that are done with files.
enum Files {
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    static func text(_ path: String) throws(BenchmarkError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(operation: "open", subject: path, errno: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .system(operation: "read", subject: path, errno: errno) }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk[..<count]
        }
    }

    static func write(_ text: String, to path: String) throws(BenchmarkError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .system(operation: "create", subject: path, errno: errno) }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw .system(operation: "write", subject: path, errno: errno)
        }
    }

    static func makeFolder(_ path: String) throws(BenchmarkError) {
        try ChildProcess.require(["mkdir", "-p", path])
    }

    /// Absolute, without symbolic links.
    static func real(_ path: String) throws(BenchmarkError) -> String {
        guard let resolved = realpath(path, nil) else { throw .system(operation: "find", subject: path, errno: errno) }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    static func size(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Whether `path` is there and was written after `source`.
    static func isNewer(_ path: String, than source: String) -> Bool {
        var left = stat()
        var right = stat()
        guard stat(path, &left) == 0, stat(source, &right) == 0 else { return false }
        return (left.st_mtim.tv_sec, left.st_mtim.tv_nsec) > (right.st_mtim.tv_sec, right.st_mtim.tv_nsec)
    }

    /// Whether a program of that name is in PATH.
    static func inPath(_ name: String) -> Bool {
        guard let path = getenv("PATH") else { return false }
        return String(cString: path).split(separator: ":").contains { access("\($0)/\(name)", X_OK) == 0 }
    }
}
