import DebugInfo
import Glibc
import ProcessModel
import SignalMapABI

/// Signal maps that earlier runs made, one file a build id. A home that cannot be written to is no failure: the map is
/// made each time.
package struct SignalMapCache: Sendable {
    private let folder: CacheFolder

    /// `$XDG_CACHE_HOME/deadwait/maps`, or `$HOME/.cache/deadwait/maps`; nil without both.
    package static var defaultDirectory: String? { DebugInfoOptions.defaultCacheDirectory.map { $0 + "/maps" } }

    /// Half a gigabyte: ten times the map of a program with two million instructions.
    package init(directory: String, byteLimit: Int = 512 << 20) {
        folder = CacheFolder(directory: directory, suffix: ".dwmap", byteLimit: byteLimit)
    }

    /// What the cache of one build id has.
    package enum Answer {
        case map(SignalMapFile)
        case nothing
        /// A file that cannot be used: why, as a clause.
        case unusable(String)
    }

    /// The format's version stands in the name: versions of this program can share a cache.
    private func name(_ identifier: BuildID) -> String { "\(identifier)-v\(DWM_VERSION)" }

    package func path(of identifier: BuildID) -> String { folder.path(name(identifier)) }

    /// The map of a build id. One that is older than this program's own file counts as not there: what was learned since
    /// is not in it.
    package func map(of identifier: BuildID) -> Answer {
        guard let (descriptor, status) = folder.open(name(identifier)) else { return .nothing }
        defer { close(descriptor) }
        var own = stat()
        if stat("/proc/self/exe", &own) == 0, status.st_mtim.tv_sec < own.st_mtim.tv_sec { return .nothing }
        do throws(SignalMapError) {
            let map = try SignalMapFile(descriptor: descriptor, path: path(of: identifier))
            guard map.buildID == identifier else { return .unusable("the cached map is another binary's") }
            folder.touch(descriptor)
            return .map(map)
        } catch {
            return .unusable(error.description)
        }
    }

    /// Keeps a map that has a build id, and removes those that were not used for longest. Returns why it was not kept.
    package func keep(_ map: SignalMapFile) -> String? {
        guard let identifier = map.buildID else { return "it has no build id" }
        guard map.bytes.count <= folder.byteLimit / 2 else { return "it is larger than half of the cache" }
        if let error = folder.write(map.bytes, to: name(identifier)) {
            return SignalMapError.file(operation: "write", path: path(of: identifier), errno: error).description
        }
        folder.trim()
        return nil
    }
}

extension SignalMapFile {
    /// Writes the map where no reader meets half of it: to a file beside `path` that is renamed. Throws `.file`.
    package func write(to path: String) throws(SignalMapError) {
        let slash = path.lastIndex(of: "/")
        let directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        let folder = CacheFolder(directory: directory, suffix: "", byteLimit: .max)
        if let error = folder.write(bytes, to: name, mode: 0o666) {
            throw .file(operation: "write", path: path, errno: error)
        }
    }
}
