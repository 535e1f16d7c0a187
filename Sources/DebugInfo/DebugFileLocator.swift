import CCompression
import Glibc
import ProcessModel

/// Finds separate debug files in the places where gdb looks (GDB manual, "Debugging Information in Separate Files"),
/// and checks that they belong to the module.
package final class DebugFileLocator {
    private let directories: [String]
    private let sysroot: String?
    private let server: DebuginfodClient?
    /// Why a candidate was refused or a server gave nothing, in the order found; the session makes gaps of them.
    package private(set) var problems: [(path: String, reason: String)] = []

    package init(options: DebugInfoOptions) {
        var directories = options.debugDirectories
        if let sysroot = options.sysroot { directories.append(sysroot + "/usr/lib/debug") }
        if !directories.contains("/usr/lib/debug") { directories.append("/usr/lib/debug") }
        self.directories = directories
        sysroot = options.sysroot
        server = options.useDebuginfod ? DebuginfodClient(milliseconds: options.debuginfodMilliseconds) : nil
    }

    /// The debug file of a module on this machine: by build id, then by the debug link of its file.
    ///
    /// `file` is nil when the module's own bytes are not to be had; its build id may still find one.
    package func debugFile(for module: Module, file: ObjectFile?) -> ObjectFile? {
        let identifier = module.buildID ?? file?.buildID
        if let identifier, let found = byBuildID(identifier) { return found }
        guard let file, let link = file.debugLink else { return nil }
        for path in linkedPaths(link.name, module: module, file: file) {
            guard let candidate = open(path) else { continue }
            if matches(candidate, identifier: identifier, checksum: link.checksum) { return candidate }
        }
        return nil
    }

    /// The debug file from a debuginfod server; nil when none is configured, none has it, or it takes too long.
    package func downloaded(_ identifier: BuildID) -> ObjectFile? {
        guard let server, let answer = server.debugInfo(of: identifier) else { return nil }
        switch answer {
        case .failure(let reason):
            problems.append(("debuginfod", reason.text))
            return nil
        case .success(let descriptor):
            defer { close(descriptor) }
            return checked(path: "debuginfod:\(identifier)") { () throws(DebugInfoError) in
                try ObjectFile(descriptor: descriptor, path: "debuginfod:\(identifier)")
            }
        }
    }

    func byBuildID(_ identifier: BuildID) -> ObjectFile? {
        let digits = identifier.description
        guard digits.utf8.count > 2 else { return nil }
        let name = "/.build-id/\(digits.prefix(2))/\(digits.dropFirst(2)).debug"
        for directory in directories {
            guard let candidate = open(directory + name) else { continue }
            if candidate.buildID == identifier { return candidate }
            problems.append((candidate.path, "it has another build id than its name says"))
        }
        return nil
    }

    /// The file that `dwz -m` moved common parts to, by the link of a debug file.
    package func alternate(of file: ObjectFile) -> ObjectFile? {
        guard let link = file.alternateLink else { return nil }
        let directory = Self.directory(of: Self.realPath(file.path) ?? file.path)
        var paths = link.name.hasPrefix("/") ? [link.name] : [directory + "/" + link.name]
        if link.name.hasPrefix("/"), let sysroot { paths.insert(sysroot + link.name, at: 0) }
        for path in paths {
            guard let candidate = open(path) else { continue }
            if candidate.buildID == link.identifier { return candidate }
            problems.append((path, "it has another build id than the file that refers to it says"))
        }
        if let identifier = link.identifier {
            if let found = byBuildID(identifier) ?? downloaded(identifier) { return found }
        }
        problems.append((file.path, "its dwz file \(link.name) was not found"))
        return nil
    }

    /// An absolute path of the target, below the sysroot and below each debug tree.
    func belowTrees(_ path: String) -> [String] {
        guard path.hasPrefix("/") else { return [] }
        return (sysroot.map { [$0 + path] } ?? []) + directories.map { $0 + path }
    }

    /// Opens a file that need not exist. One that exists and cannot be used is a problem.
    func open(_ path: String) -> ObjectFile? {
        guard access(path, F_OK) == 0 else { return nil }
        return checked(path: path) { () throws(DebugInfoError) in try ObjectFile(path: path) }
    }

    private func checked(path: String, _ make: () throws(DebugInfoError) -> ObjectFile) -> ObjectFile? {
        do {
            return try make()
        } catch {
            problems.append((path, error.description))
            return nil
        }
    }

    private func matches(_ candidate: ObjectFile, identifier: BuildID?, checksum: UInt32) -> Bool {
        if let identifier, let found = candidate.buildID {
            if identifier == found { return true }
            problems.append((candidate.path, "it has another build id than the module"))
            return false
        }
        // The checksum covers the whole file; libdeflate does several gigabytes a second.
        if libdeflate_crc32(0, candidate.bytes.baseAddress, candidate.bytes.count) == checksum { return true }
        problems.append((candidate.path, "its checksum is not the one in the debug link"))
        return false
    }

    private func linkedPaths(_ name: String, module: Module, file: ObjectFile) -> [String] {
        // The name comes out of a file: it may not lead elsewhere.
        guard !name.isEmpty, !name.contains("/") else { return [] }
        var paths: [String] = []
        func add(_ directory: String, root: String) {
            for path in [
                root + directory + "/" + name, root + directory + "/.debug/" + name,
            ] + directories.map({ $0 + directory + "/" + name }) where !paths.contains(path) && path != file.path {
                paths.append(path)
            }
        }
        let directory = Self.directory(of: module.path)
        // A module of another mount namespace was opened below /proc/PID/root: its neighbours are there, too.
        if file.path.hasSuffix(module.path) { add(directory, root: String(file.path.dropLast(module.path.count))) }
        if let sysroot { add(directory, root: sysroot) }
        add(directory, root: "")
        if let real = Self.realPath(file.path) { add(Self.directory(of: real), root: "") }
        return paths
    }

    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return String(path[..<slash])
    }

    static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}

extension ObjectFile {
    /// .gnu_debuglink: a file name, and the CRC-32 of that file on the next multiple of 4.
    var debugLink: (name: String, checksum: UInt32)? {
        guard let bytes = contents(of: ".gnu_debuglink") else { return nil }
        var reader = ByteReader(bytes)
        let name = reader.string()
        reader.skip((4 - reader.position % 4) % 4)
        let checksum = reader.u32()
        return reader.failed ? nil : (String(name), checksum)
    }

    /// .gnu_debugaltlink: a path, and the build id of that file.
    package var alternateLink: (name: String, identifier: BuildID?)? {
        guard let bytes = contents(of: ".gnu_debugaltlink") else { return nil }
        var reader = ByteReader(bytes)
        let name = reader.string()
        let identifier = reader.bytes(UInt64(reader.remaining))
        return reader.failed || name.isEmpty ? nil : (String(name), BuildID(bytes: [UInt8](identifier)))
    }
}
