import Glibc
import SystemPackage

/// The folder that a run works in: the caller's, which stays, or a fresh one that goes at the end.
///
/// Fresh ones lie in `$TMPDIR/ember-UID`. Each is locked with flock(2) by its process, a lock that ends with the process
/// however it ends, so that the next start finds the folders of those that were killed, and removes them.
struct WorkFolder {
    let path: FilePath
    /// Of a fresh folder, held open for its lock.
    private let descriptor: FileDescriptor?
    private let parent: FilePath

    /// `given` is made if it is not there. Throws when no folder can be had.
    init(given: String?) throws(ToolError) {
        if let given {
            path = FilePath(given)
            parent = path.removingLastComponent()
            descriptor = nil
            guard mkdir(given, 0o777) == 0 || errno == EEXIST else {
                throw .system(call: "mkdir", subject: given, errno: errno)
            }
            return
        }
        let temporary = getenv("TMPDIR").map { String(cString: $0) } ?? ""
        parent = FilePath(temporary.isEmpty ? "/tmp" : temporary).appending("ember-\(getuid())")
        // Another run may remove the parent, empty, between our opening and our locking it.
        for _ in 0..<100 {
            guard mkdir(parent.string, 0o700) == 0 || errno == EEXIST else {
                throw .system(call: "mkdir", subject: parent.string, errno: errno)
            }
            let lock: FileDescriptor
            do {
                lock = try Folders.open(parent)
            } catch .system(_, _, errno: ENOENT) {
                continue
            }
            defer { Folders.close(lock) }
            try Self.demandOwn(lock, parent)
            try Folders.lock(lock, parent)
            Folders.removeUnlocked(in: parent)
            guard let path = Folders.makeFresh(in: parent) else {
                if errno == ENOENT { continue }
                throw .system(call: "mkdtemp", subject: parent.string, errno: errno)
            }
            let descriptor = try Folders.open(path)
            try Folders.lock(descriptor, path)
            self.path = path
            self.descriptor = descriptor
            return
        }
        throw .system(call: "mkdir", subject: parent.string, errno: ENOENT)
    }

    /// Removes a fresh folder, and the one around it when it was the last; what cannot be removed is left to the next
    /// start.
    func remove() {
        guard let descriptor else { return }
        Folders.removeTree(path)
        rmdir(parent.string)
        Folders.close(descriptor)
    }

    /// TMPDIR may be everybody's: a folder that somebody else made in our name is not worked in.
    private static func demandOwn(_ descriptor: FileDescriptor, _ path: FilePath) throws(ToolError) {
        var status = stat()
        guard fstat(descriptor.rawValue, &status) == 0 else {
            throw .system(call: "fstat", subject: path.string, errno: errno)
        }
        guard status.st_uid == getuid() else { throw .system(call: "open", subject: path.string, errno: EPERM) }
    }
}

/// Folders as descriptors, locked with flock(2), and their removal.
enum Folders {
    /// Opens a folder, close-on-exec; not through a symbolic link.
    static func open(_ path: FilePath) throws(ToolError) -> FileDescriptor {
        let descriptor = Glibc.open(path.string, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(call: "open", subject: path.string, errno: errno) }
        return FileDescriptor(rawValue: descriptor)
    }

    /// Makes a folder that only its owner can enter; nil, with errno set, when it cannot.
    static func makeFresh(in parent: FilePath) -> FilePath? {
        var template = Array(parent.appending("XXXXXX").string.utf8CString)
        return mkdtemp(&template).map { FilePath(String(cString: $0)) }
    }

    static func close(_ descriptor: FileDescriptor) { Glibc.close(descriptor.rawValue) }

    /// Waits for the lock, which whoever has it holds for milliseconds.
    static func lock(_ descriptor: FileDescriptor, _ path: FilePath) throws(ToolError) {
        while flock(descriptor.rawValue, LOCK_EX) != 0 {
            guard errno == EINTR else { throw .system(call: "flock", subject: path.string, errno: errno) }
        }
    }

    /// Removes the folders in `parent` that nobody has locked.
    static func removeUnlocked(in parent: FilePath) {
        for name in names(in: parent) {
            let path = parent.appending(name)
            // What is no folder, or gone by now, is not a run's.
            guard let descriptor = try? open(path) else { continue }
            defer { close(descriptor) }
            if flock(descriptor.rawValue, LOCK_EX | LOCK_NB) == 0 { removeTree(path) }
        }
    }

    /// Removes a folder with all that is in it, as far as that is allowed. Symbolic links are removed, not followed.
    static func removeTree(_ path: FilePath) {
        for name in names(in: path) {
            let inner = path.appending(name)
            if unlink(inner.string) != 0 && errno == EISDIR { removeTree(inner) }
        }
        rmdir(path.string)
    }

    /// The names in a folder, without "." and ".."; none where it cannot be read.
    private static func names(in path: FilePath) -> [String] {
        guard let directory = opendir(path.string) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: $0.pointee)) {
                    String(cString: $0)
                }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }
}
